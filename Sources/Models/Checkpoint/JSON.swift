/// A JSON value that keeps the order and the exact spelling of an object's keys.
///
/// Foundation's decoder folds keys that are canonically equivalent into one; in a vocabulary those
/// are different tokens.
enum JSON: Equatable, Sendable {
  struct Member: Equatable, Sendable {
    let key: String
    let value: JSON
  }

  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  /// The first member of that name, or nil when there is none or this is not an object.
  subscript(key: String) -> JSON? { members?.first { $0.key == key }?.value }

  var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  var elements: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  var string: String? {
    if case .string(let string) = self { string } else { nil }
  }

  var bool: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }

  var integer: Int? {
    if case .integer(let integer) = self { integer } else { nil }
  }

  var number: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }

  /// What an error message calls this value.
  var summary: String {
    switch self {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .string(let string): "\"\(string.prefix(80))\""
    case .array(let elements): "an array of \(elements.count)"
    case .object(let members): "an object of \(members.count)"
    }
  }

  /// A string literal: quotes, backslashes and control characters escaped.
  static func literal(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}

/// Where a text stops being JSON.
struct JSONError: Error, Equatable {
  /// Bytes from the beginning.
  let offset: Int
  let expected: String
  let found: String
}
