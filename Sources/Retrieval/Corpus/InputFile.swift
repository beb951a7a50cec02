import Native

/// One open input: its lines, checked to be UTF-8 where text is asked for.
package final class InputFile {
  /// The path, or "standard input".
  package let name: String
  private let reader: LineReader

  package init(_ path: String) throws {
    name = path == "-" ? "standard input" : path
    do {
      reader = try LineReader(path: path)
    } catch {
      throw InputError(error, file: name)
    }
  }

  /// One-based number of the line read last.
  var line: Int { reader.line }

  /// The next line's bytes, unchecked.
  func next() throws -> [UInt8]? {
    do { return try reader.next() } catch { throw InputError(error, file: name) }
  }

  /// The next line with anything but blanks in it, unchecked.
  func nextFilled() throws -> [UInt8]? {
    while let bytes = try next() {
      if bytes.contains(where: { !$0.isBlank }) { return bytes }
    }
    return nil
  }

  /// The next line with anything but blanks in it, and its number.
  package func nextLine() throws -> (text: String, line: Int)? {
    try nextFilled().map { (try text($0), line) }
  }

  /// What a format is recognised by: the first bytes, left unread.
  package func head() throws -> [UInt8] {
    do { return try reader.head(1 << 16) } catch { throw InputError(error, file: name) }
  }

  /// `bytes` as text.
  /// - Throws: `InputError` when they are not UTF-8.
  func text(_ bytes: [UInt8], line: Int? = nil) throws -> String {
    try InputFile.text(bytes, file: name, line: line ?? self.line)
  }

  static func text(_ bytes: [UInt8], file: String, line: Int) throws -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw InputError(
      file: file, line: line, expected: "UTF-8 text", found: InputError.quoted(bytes),
      hint: "convert the file to UTF-8")
  }
}

extension UInt8 {
  /// White space of JSON and of plain text: space, tab, line feed, carriage return.
  var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

extension StringProtocol where UTF8View: BidirectionalCollection {
  /// Without blanks around it; several times as fast as Foundation's trimming.
  var trimmed: String {
    guard let first = utf8.firstIndex(where: { !$0.isBlank }),
      let last = utf8.lastIndex(where: { !$0.isBlank })
    else { return "" }
    return String(self[first...last])
  }
}
