extension JSON {
  /// Parses one JSON value that fills `bytes`, white space aside.
  /// - Throws: `JSONError` at the first byte that RFC 8259 does not allow, or below 100 levels.
  init(_ bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("the end") }
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    // Recursion on a hostile file must not use up the stack.
    guard depth < 100 else { throw error("at most 100 levels") }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func members(depth: Int) throws(JSONError) -> [JSON.Member] {
    var members: [JSON.Member] = []
    position += 1
    skipSpace()
    if take("}") { return members }
    while true {
      skipSpace()
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("\":\"") }
      members.append(JSON.Member(key: key, value: try value(depth: depth)))
      skipSpace()
      if take("}") { return members }
      guard take(",") else { throw error("\",\" or \"}\"") }
    }
  }

  private mutating func elements(depth: Int) throws(JSONError) -> [JSON] {
    var elements: [JSON] = []
    position += 1
    skipSpace()
    if take("]") { return elements }
    while true {
      elements.append(try value(depth: depth))
      skipSpace()
      if take("]") { return elements }
      guard take(",") else { throw error("\",\" or \"]\"") }
    }
  }

  /// Most strings have no escapes and are taken as they stand.
  private mutating func string() throws(JSONError) -> String {
    guard take("\"") else { throw error("a string") }
    var text = ""
    while true {
      let start = position
      while let byte = peek(), byte >= 0x20, byte != 0x22, byte != 0x5C { position += 1 }
      guard let run = String(validating: bytes[start..<position], as: UTF8.self) else {
        position = start
        throw error("UTF-8")
      }
      text = text.isEmpty ? run : text + run
      if take("\"") { return text }
      guard take("\\") else { throw error("the end of a string") }
      text.unicodeScalars.append(try escape())
    }
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    if take("u") { return try unicodeEscape() }
    guard let letter = peek(), let scalar = Self.escapes[letter] else { throw error("an escape") }
    position += 1
    return scalar
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    var value = try hexadecimal()
    if 0xD800..<0xDC00 ~= value, take("\\"), take("u") {
      let low = try hexadecimal()
      if 0xDC00..<0xE000 ~= low { value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00) }
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("a pair of surrogates") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = peek().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw error("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    _ = take("-")
    let first = position
    while let byte = peek(), Self.numberBytes.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let whole = bytes[first..<position].prefix { 0x30...0x39 ~= $0 }
    let digitAfterPoint = text.split(separator: ".", omittingEmptySubsequences: false)
      .dropFirst().allSatisfy { $0.utf8.first.map { 0x30...0x39 ~= $0 } ?? false }
    if digitAfterPoint, whole.count == 1 || whole.count > 1 && whole.first != 0x30 {
      if let integer = Int(text) { return .integer(integer) }
      if let number = Double(text), number.isFinite { return .number(number) }
    }
    position = start
    throw error("a value")
  }

  private static let numberBytes = Set("+-.0123456789Ee".utf8)

  private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw error("a value") }
    position += word.utf8.count
    return value
  }

  mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  func error(_ expected: String) -> JSONError {
    guard position < bytes.count else {
      return JSONError(offset: position, expected: expected, found: "the end of the text")
    }
    let near = bytes[position..<min(position + 20, bytes.count)]
    return JSONError(
      offset: position, expected: expected, found: String(decoding: near, as: UTF8.self))
  }
}
