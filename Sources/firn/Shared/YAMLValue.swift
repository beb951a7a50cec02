import Foundation
import Retrieval
import Yams

/// A value of a YAML file that knows where it stands, read by the type that is expected there.
struct YAMLValue {
  private let node: Node
  let file: String

  /// The whole of a file.
  ///
  /// - Throws: `InputError` when the file is missing, no YAML, or empty.
  init(file: String) throws {
    guard let root = try Self.compose(file) else {
      throw InputError(file: file, expected: "keys and values", found: "nothing")
    }
    self.init(root, file)
  }

  private init(_ node: Node, _ file: String) {
    self.node = node
    self.file = file
  }

  /// The root of a file; nil where it is empty.
  static func compose(_ path: String) throws -> Node? {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw InputError(
        kind: exists ? .malformed : .missing, file: path, expected: "a file of UTF-8 text",
        found: exists ? "something else" : "none")
    }
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      let (line, problem) = place(of: error)
      throw InputError(file: path, line: line, expected: "YAML", found: problem)
    }
  }

  private static func place(of error: YamlError) -> (line: Int?, problem: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (mark.line, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      (context.mark.line, "the key \(keys.joined(separator: ", ")) twice")
    default: (nil, "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
    }
  }
}

extension YAMLValue {
  var isScalar: Bool { node.scalar != nil }
  var isInteger: Bool { node.int != nil }
  private var isNull: Bool { node.null != nil }

  func text() throws -> String {
    guard let scalar = node.scalar, !isNull, !scalar.string.isEmpty else {
      throw error(expected: "a text")
    }
    return scalar.string
  }

  func integer(atLeast least: Int) throws -> Int {
    guard let number = node.int, number >= least else {
      throw error(expected: "a whole number, \(least) or more")
    }
    return number
  }

  /// One of the values of an enumeration, by its raw value.
  func choice<Value: RawRepresentable & CaseIterable>(
    of type: Value.Type
  ) throws -> Value where Value.RawValue == String {
    if let value = try Value(rawValue: text()) { return value }
    throw error(expected: Value.allCases.map(\.rawValue).joined(separator: ", "))
  }

  /// The elements of a list that is not empty.
  func items() throws -> [YAMLValue] {
    guard let items = node.sequence, !items.isEmpty else {
      throw error(expected: "a list with an element or more")
    }
    return items.map { YAMLValue($0, file) }
  }

  /// The keys of a mapping, with where they stand, and their values, in the order of the file.
  func entries() throws -> [(key: YAMLValue, value: YAMLValue)] {
    guard let mapping = node.mapping else { throw error(expected: "keys and values") }
    return mapping.map { (YAMLValue($0, file), YAMLValue($1, file)) }
  }

  /// The values of a mapping by key; null counts as absent.
  ///
  /// - Throws: `InputError` for a key that is not among `known`.
  func fields(_ known: String...) throws -> YAMLFields { try fields(known) }

  func fields(_ known: [String]) throws -> YAMLFields {
    var values: [String: YAMLValue] = [:]
    for (key, value) in try entries() {
      let name = try key.text()
      guard known.contains(name) else {
        throw key.error(expected: "one of the keys \(known.joined(separator: ", "))")
      }
      if !value.isNull { values[name] = value }
    }
    return YAMLFields(owner: self, values: values)
  }

  /// What is wrong with this value.
  func error(expected: String, found: String? = nil) -> InputError {
    InputError(
      file: file, line: node.mark?.line, expected: expected, found: found ?? summary)
  }

  private var summary: String {
    if isNull { return "nothing" }
    if let scalar = node.scalar { return InputError.quoted(scalar.string) }
    return node.sequence.map { "a list of \($0.count)" } ?? "keys and values"
  }
}

/// The values of a mapping by their keys.
struct YAMLFields {
  fileprivate let owner: YAMLValue
  fileprivate let values: [String: YAMLValue]

  subscript(name: String) -> YAMLValue? { values[name] }

  func required(_ name: String) throws -> YAMLValue {
    if let value = values[name] { return value }
    throw owner.error(expected: "the key \(name)", found: "none")
  }
}
