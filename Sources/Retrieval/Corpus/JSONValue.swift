/// A parsed JSON value.
enum JSONValue {
  case null
  case bool(Bool)
  /// As it is spelled: an id may have more digits than a Double.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// In the order of the file.
  case object([(key: String, value: JSONValue)])

  /// What a message shows of it: a string as it is, all else nearly as it stood in the file.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let digits): digits
    case .string(let text): text
    case .array(let values): "[\(values.map(\.text).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.map { "\($0.key): \($0.value.text)" }.joined(separator: ", "))}"
    }
  }
}

/// Why bytes are no JSON.
struct JSONSyntaxError: Error, Equatable {
  let expected: String
  /// Counted from 0.
  let byte: Int
}

/// Parses one JSON value of bytes that are known to be UTF-8.
///
/// Foundation's parser gives values whose casts take several times as long as the parsing itself.
/// - Source: RFC 8259, to the letter: no comments, no final commas, no NaN.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// Arrays and objects inside one another; more would be an attack on the stack.
  private static let deepest = 512

  /// - Throws: `JSONSyntaxError`.
  static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value()
    parser.skipBlanks()
    guard parser.position == bytes.count else { throw parser.error("the end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func value() throws -> JSONValue {
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func nested(
    _ parse: (inout JSONParser) throws -> JSONValue
  ) throws -> JSONValue {
    depth += 1
    guard depth <= Self.deepest else { throw error("at most \(Self.deepest) levels") }
    position += 1
    defer { depth -= 1 }
    return try parse(&self)
  }

  private mutating func object() throws -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw error("a key in quotes") }
      let key = try string()
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw error("a colon") }
      members.append((key, try value()))
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(members) }
      guard take(UInt8(ascii: ",")) else { throw error("a comma or a closing brace") }
    }
  }

  private mutating func array() throws -> JSONValue {
    var values: [JSONValue] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .array(values) }
    while true {
      values.append(try value())
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .array(values) }
      guard take(UInt8(ascii: ",")) else { throw error("a comma or a closing bracket") }
    }
  }

  private mutating func literal(_ name: String, _ value: JSONValue) throws -> JSONValue {
    guard bytes[position...].starts(with: name.utf8) else { throw error("a value") }
    position += name.utf8.count
    return value
  }

  private mutating func number() throws -> String {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let first = next
    let digits = skipDigits()
    if digits == 0 { throw error("a value") }
    if digits > 1, first == UInt8(ascii: "0") { throw error("a number without leading zeros") }
    if take(UInt8(ascii: ".")), skipDigits() == 0 { throw error("a digit") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      if skipDigits() == 0 { throw error("a digit") }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, byte.isDigit { position += 1 }
    return position - start
  }

  private mutating func skipBlanks() {
    while let byte = next, byte.isBlank { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ expected: String) -> JSONSyntaxError {
    JSONSyntaxError(expected: expected, byte: position)
  }
}

extension JSONParser {
  private mutating func string() throws -> String {
    position += 1
    let start = position
    try skipPlain()
    if next == UInt8(ascii: "\"") {
      defer { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    var text = Array(bytes[start..<position])
    while take(UInt8(ascii: "\\")) {
      try text.append(contentsOf: escape())
      let start = position
      try skipPlain()
      text.append(contentsOf: bytes[start..<position])
    }
    position += 1
    return String(decoding: text, as: UTF8.self)
  }

  /// Moves to the next quote or backslash.
  private mutating func skipPlain() throws {
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      if byte < 0x20 { throw error("no control characters in strings") }
      position += 1
    }
    if next == nil { throw error("a closing quote") }
  }

  /// What stands for the escape behind a backslash.
  private mutating func escape() throws -> [UInt8] {
    let name = next
    position += 1
    switch name {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return name.map { [$0] } ?? []
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try Array(String(Character(scalar())).utf8)
    default:
      position -= 1
      throw error("an escape of JSON")
    }
  }

  /// The scalar of one escape of UTF-16, or of two that are halves of one.
  private mutating func scalar() throws -> Unicode.Scalar {
    let high = try unit()
    if let scalar = Unicode.Scalar(high) { return scalar }
    if high < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
      let low = try unit()
      if (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
      {
        return scalar
      }
    }
    throw error("both halves of a surrogate pair")
  }

  private mutating func unit() throws -> UInt32 {
    let digits = bytes[position..<min(position + 4, bytes.count)]
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw error("four hexadecimal digits") }
    position += 4
    return unit
  }
}

extension UInt8 {
  /// One of ASCII's digits.
  var isDigit: Bool { UInt8(ascii: "0") <= self && self <= UInt8(ascii: "9") }
}
