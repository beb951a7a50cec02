/// The JSON objects of a file, one after another and unparsed, in any of the layouts.
///
/// An object begins where the brackets open around it are exactly those of the layout, so
/// one pass over the bytes finds all of them and only one is held in memory at a time.
package struct JSONRecords {
  private let input: InputFile
  private let layout: JSONHead.Layout
  private let around: [UInt8]
  private var open: [UInt8] = []
  private var bytes: [UInt8] = []
  private var position = 0

  package init(_ input: InputFile, layout: JSONHead.Layout) {
    self.input = input
    self.layout = layout
    switch layout {
    case .lines, .values, .members: around = []
    case .array: around = Array("[".utf8)
    case .nested: around = Array("{[".utf8)
    }
  }

  /// The next object's bytes and the line on which it begins.
  package mutating func next() throws -> (bytes: [UInt8], line: Int)? {
    if layout == .lines { return try input.nextFilled().map { ($0, input.line) } }
    while true {
      while position < bytes.count {
        if open == around, bytes[position] == UInt8(ascii: "{") { return try object() }
        try step(inside: false)
      }
      guard try refill() else {
        if open.isEmpty { return nil }
        throw error(found: "the end of the file", expected: "a closing bracket")
      }
    }
  }

  private mutating func object() throws -> (bytes: [UInt8], line: Int) {
    let line = input.line
    var result: [UInt8] = []
    repeat {
      if position == bytes.count {
        guard try refill() else {
          throw error(found: "the end of the file", expected: "the end of the object", line: line)
        }
        result.append(0x0A)
        continue
      }
      let start = position
      try step(inside: true)
      result.append(contentsOf: bytes[start..<position])
    } while open != around
    return (result, line)
  }

  private mutating func refill() throws -> Bool {
    guard let line = try input.next() else { return false }
    bytes = line
    position = 0
    return true
  }

  /// Moves past one byte or one string and keeps account of the open brackets.
  private mutating func step(inside: Bool) throws {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      // In ASCII each closing bracket stands two after its opening one.
      guard let last = open.popLast(), last + 2 == byte else {
        throw error(found: quotedRest, expected: "matching brackets")
      }
    case UInt8(ascii: "\"") where inside || layout == .nested: try skipString()
    default:
      guard inside || layout == .nested || byte.isBlank || byte == UInt8(ascii: ",") else {
        throw error(found: quotedRest, expected: "a JSON object")
      }
    }
    position += 1
  }

  private mutating func skipString() throws {
    let start = position
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else {
      throw error(
        found: InputError.quoted(Array(bytes[start...])), expected: "the string's closing quote")
    }
  }

  private var quotedRest: String { InputError.quoted(Array(bytes[position...].prefix(240))) }

  private func error(found: String, expected: String, line: Int? = nil) -> InputError {
    InputError(file: input.name, line: line ?? input.line, expected: expected, found: found)
  }
}
