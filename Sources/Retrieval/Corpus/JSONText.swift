import Foundation

/// A JSON value to be written, its members in the order in which they were given.
package enum JSONText: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// A finite number.
  case number(Double)
  case string(String)
  case array([JSONText])
  case object([(key: String, value: JSONText)])

  package static func strings(_ texts: [String]) -> JSONText { .array(texts.map(JSONText.string)) }

  /// Everything on one line.
  package var line: String {
    switch self {
    case .array(let items): "[\(items.map(\.line).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.map { "\(Self.quoted($0.key)): \($0.value.line)" }.joined(separator: ", "))}"
    default: scalar
    }
  }

  /// One item a line and four spaces a level, as Python's `json.dump` writes with `indent=4`.
  ///
  /// - Parameter level: how deep the value stands; its own first line is not indented.
  package func indented(level: Int = 0) -> String {
    switch self {
    case .array(let items): Self.block(items.map { $0.indented(level: level + 1) }, "[]", level)
    case .object(let members):
      Self.block(
        members.map { "\(Self.quoted($0.key)): \($0.value.indented(level: level + 1))" }, "{}",
        level)
    default: scalar
    }
  }

  /// The white space before a line at a depth.
  package static func margin(_ level: Int) -> String { String(repeating: "    ", count: level) }

  private static func block(_ lines: [String], _ brackets: String, _ level: Int) -> String {
    if lines.isEmpty { return brackets }
    let body = lines.map { margin(level + 1) + $0 }.joined(separator: ",\n")
    return "\(brackets.prefix(1))\n\(body)\n\(margin(level))\(brackets.suffix(1))"
  }

  private var scalar: String {
    switch self {
    case .bool(let flag): return "\(flag)"
    case .integer(let number): return "\(number)"
    case .number(let number):
      precondition(number.isFinite, "expected a finite number, found \(number)")
      return "\(number)"
    case .string(let text): return Self.quoted(text)
    case .null, .array, .object: return "null"
    }
  }

  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      // Also the line separators that some readers take for line ends.
      case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// An object's members, of which those without a value are left out.
package struct JSONMembersBuilder {
  private var members: [(key: String, value: JSONText)] = []

  package init() {}

  package var object: JSONText { .object(members) }

  package mutating func add(_ key: String, _ value: JSONText?) {
    if let value { members.append((key, value)) }
  }
}
