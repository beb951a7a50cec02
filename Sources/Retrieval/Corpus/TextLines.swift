/// The texts of a file: the field "text" of JSON records where the first line is one, else the
/// lines themselves, empty ones included.
package struct TextLines {
  private let input: InputFile
  private let isJSON: Bool

  /// - Parameter path: `-` is standard input.
  /// - Throws: here and later, `InputError` when the file is missing, unreadable or malformed.
  package init(path: String) throws {
    input = try InputFile(path)
    let first = try input.head().drop { $0.isBlank }.prefix { $0 != 0x0A }
    let record = try? JSONRecord(Array(first), file: input.name, line: 1)
    isJSON = record?.has("text") == true || (record == nil && first.starts(with: #"{""#.utf8))
  }

  /// The next text, or nil after the last.
  package func next() throws -> String? {
    if !isJSON { return try input.next().map { try input.text($0) } }
    guard let bytes = try input.nextFilled() else { return nil }
    let record = try JSONRecord(bytes, file: input.name, line: input.line)
    return try record.require("text", record.string)
  }
}
