/// The members of the one JSON object that a file is, one after another, each value unparsed.
///
/// SQuAD's predictions (`{id: answer}`) and Pyserini's rankings (`{id: {...}}`) have this form. The
/// members' order is kept and only one is held in memory at a time.
package struct JSONMembers {
  private let input: InputFile
  private var bytes: [UInt8] = []
  private var position = 0
  private var isFirst = true

  package init(_ input: InputFile) { self.input = input }

  package struct Member {
    package let key: String
    let value: [UInt8]
    /// One-based line on which the value begins.
    package let line: Int
    fileprivate let file: String

    /// The value as the field of that name in a record of its own, for checked access.
    package func field(_ name: String) throws -> JSONRecord {
      try JSONRecord(
        Array("{\(JSONText.quoted(name)): ".utf8) + value + [UInt8(ascii: "}")], file: file,
        line: line)
    }

    func record(_ report: ReadingReport? = nil) throws -> JSONRecord {
      try JSONRecord(value, file: file, line: line, report: report)
    }
  }

  /// The next member, or nil after the last.
  package mutating func next() throws -> Member? {
    if isFirst {
      guard try blank() == UInt8(ascii: "{") else { throw error("a JSON object") }
      position += 1
    }
    let opening = try blank()
    if opening == UInt8(ascii: "}") { return try finish() }
    if !isFirst {
      guard opening == UInt8(ascii: ",") else { throw error("a comma or a closing brace") }
      position += 1
    }
    isFirst = false
    guard try blank() == UInt8(ascii: "\"") else { throw error("a key in quotes") }
    let key = try key(string())
    guard try blank() == UInt8(ascii: ":") else { throw error("a colon after a key") }
    position += 1
    _ = try blank()
    let line = input.line
    return Member(key: key, value: try value(), line: line, file: input.name)
  }

  private func key(_ bytes: [UInt8]) throws -> String {
    let member = Member(key: "", value: bytes, line: input.line, file: input.name)
    let record = try member.field("key")
    return try record.require("key", record.string)
  }

  private mutating func finish() throws -> Member? {
    position += 1
    if (try? blank()) != nil { throw error("the end of the file") }
    return nil
  }

  /// The next byte that is not blank, left unread.
  private mutating func blank() throws -> UInt8 {
    while true {
      while position < bytes.count {
        if !bytes[position].isBlank { return bytes[position] }
        position += 1
      }
      guard let line = try input.next() else { throw error("a closing brace") }
      bytes = line
      position = 0
    }
  }

  /// A string with its quotes.
  private mutating func string() throws -> [UInt8] {
    let start = position
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else { throw error("the string's closing quote", from: start) }
    position += 1
    return Array(bytes[start..<position])
  }

  private mutating func value() throws -> [UInt8] {
    var value: [UInt8] = []
    var depth = 0
    repeat {
      let byte = try blank()
      switch byte {
      case UInt8(ascii: "\""): value += try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"):
        // In ASCII each closing bracket stands two after its opening one.
        depth += byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") ? 1 : -1
        guard depth >= 0 else { throw error("a value") }
        value.append(byte)
        position += 1
      default: value += try literal(inside: depth > 0)
      }
    } while depth > 0
    return value
  }

  /// What stands between brackets, quotes and blanks; within an object or an array with its
  /// commas, and a blank behind it so that nothing grows together.
  private mutating func literal(inside: Bool) throws -> [UInt8] {
    let start = position
    let ends = Set((inside ? "\"{}[]" : "\"{}[],").utf8)
    while position < bytes.count, !bytes[position].isBlank, !ends.contains(bytes[position]) {
      position += 1
    }
    guard position > start else { throw error("a value") }
    return Array(bytes[start..<position]) + (inside ? [0x20] : [])
  }

  private func error(_ expected: String, from start: Int? = nil) -> InputError {
    let rest = Array(bytes[min(start ?? position, bytes.count)...].prefix(240))
    return InputError(
      file: input.name, line: max(input.line, 1), expected: expected,
      found: rest.isEmpty ? "the end of the file" : InputError.quoted(rest))
  }
}
