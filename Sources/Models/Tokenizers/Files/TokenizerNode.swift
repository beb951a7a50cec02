import Foundation

/// A place in a tokenizer's JSON file, so that errors can name it.
struct TokenizerNode {
  let file: String
  /// The keys from the top, as in "normalizer.normalizers[1].pattern".
  let path: String
  let json: JSON

  /// - Throws: `TokenizerError` when the file cannot be read or is no JSON.
  init(file: String) throws(TokenizerError) {
    self.init(file: file, path: "", json: try TokenizerNode.read(file))
  }

  private init(file: String, path: String, json: JSON) {
    self.file = file
    self.path = path
    self.json = json
  }

  private static func read(_ file: String) throws(TokenizerError) -> JSON {
    let bytes = try tokenizerBytes(file)
    do {
      return try JSON(bytes)
    } catch {
      throw TokenizerError(
        "byte \(error.offset)", file: file, expected: error.expected, found: error.found,
        hint: "not JSON")
    }
  }

  /// The member of that name; nil when it is missing or null.
  subscript(key: String) -> TokenizerNode? {
    guard let member = json[key], member != .null else { return nil }
    return TokenizerNode(file: file, path: path.isEmpty ? key : "\(path).\(key)", json: member)
  }

  func member(_ key: String) throws(TokenizerError) -> TokenizerNode {
    guard let member = self[key] else {
      throw error(at: key, expected: "a value", found: "none")
    }
    return member
  }

  var elements: [TokenizerNode] {
    get throws(TokenizerError) {
      guard let elements = json.elements else { throw error("an array") }
      return elements.enumerated().map {
        TokenizerNode(file: file, path: "\(path)[\($0)]", json: $1)
      }
    }
  }

  var string: String {
    get throws(TokenizerError) {
      guard let string = json.string else { throw error("a string") }
      return string
    }
  }

  var utf8: [UInt8] {
    get throws(TokenizerError) { Array(try string.utf8) }
  }

  var integer: Int {
    get throws(TokenizerError) {
      guard let integer = json.integer else { throw error("an integer") }
      return integer
    }
  }

  /// How many of something.
  var count: Int {
    get throws(TokenizerError) {
      guard let count = json.integer, 0...10_000 ~= count else {
        throw error("a number from 0 to 10000")
      }
      return count
    }
  }

  /// The id of a token: below 2²⁴, since a table has a row for each.
  var id: Int32 {
    get throws(TokenizerError) {
      guard let id = json.integer, 0..<1 << 24 ~= id else { throw error("an id below 2^24") }
      return Int32(id)
    }
  }

  var scalar: Unicode.Scalar {
    get throws(TokenizerError) {
      let scalars = try string.unicodeScalars
      guard let first = scalars.first, scalars.count == 1 else { throw error("one character") }
      return first
    }
  }

  /// The boolean of that name, or what holds when there is none.
  func flag(_ key: String, default value: Bool) throws(TokenizerError) -> Bool {
    guard let member = self[key] else { return value }
    guard let bool = member.json.bool else { throw member.error("true or false") }
    return bool
  }

  /// The value that the member spells, or what holds when there is none.
  func choice<Choice: RawRepresentable<String> & Sendable>(
    _ key: String, of choices: [Choice], default value: Choice? = nil
  ) throws(TokenizerError) -> Choice {
    if let value, self[key] == nil { return value }
    let member = try member(key)
    guard let choice = choices.first(where: { $0.rawValue == member.json.string }) else {
      throw member.error("one of \(choices.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// The expression or the literal of `{"Regex": ...}` or `{"String": ...}`.
  var pattern: Pattern {
    get throws(TokenizerError) {
      if let literal = self["String"] { return Pattern(literal: try literal.string) }
      guard let source = self["Regex"] else { throw error("String or Regex") }
      do {
        return try Pattern(source.string)
      } catch let error as PatternError {
        throw source.error(error.expected, found: error.found)
      } catch {
        throw source.error("a regular expression")
      }
    }
  }

  func error(_ expected: String, found: String? = nil, hint: String? = nil) -> TokenizerError {
    TokenizerError(
      path.isEmpty ? "the file" : path, file: file, expected: expected,
      found: found ?? json.summary, hint: hint)
  }

  private func error(at key: String, expected: String, found: String) -> TokenizerError {
    TokenizerError(
      path.isEmpty ? key : "\(path).\(key)", file: file, expected: expected, found: found)
  }
}

/// The bytes of a tokenizer's file.
func tokenizerBytes(_ path: String) throws(TokenizerError) -> [UInt8] {
  do {
    return try [UInt8](Data(contentsOf: URL(filePath: path)))
  } catch {
    throw TokenizerError(
      "reading", file: path, expected: "a readable file", found: error.localizedDescription)
  }
}

/// The lines of a tokenizer's text file; the last may lack its line feed.
func tokenizerLines(_ path: String) throws(TokenizerError) -> [String] {
  let bytes = try tokenizerBytes(path)
  var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  if lines.last?.isEmpty ?? false { lines.removeLast() }
  var texts: [String] = []
  for (number, line) in lines.enumerated() {
    let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    guard let text = String(validating: line, as: UTF8.self) else {
      throw TokenizerError(
        "line \(number + 1)", file: path, expected: "UTF-8", found: "other bytes")
    }
    texts.append(text)
  }
  return texts
}
