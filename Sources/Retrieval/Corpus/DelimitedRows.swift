/// One row of a tab-separated file.
struct DelimitedRow {
  let file: String
  /// The line on which the row begins.
  let line: Int
  let fields: [[UInt8]]

  func text(_ index: Int) throws -> String {
    try InputFile.text(fields[index], file: file, line: line)
  }

  /// A field as Python's `csv.writer` writes it: in quotes where it could be misread without.
  static func cell(_ text: String) -> String {
    let special: Set<Unicode.Scalar> = ["\t", "\"", "\n", "\r"]
    guard text.unicodeScalars.contains(where: special.contains) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }

  /// - Throws: `InputError` unless there are `count` columns.
  func requireColumns(_ count: Int, _ names: String) throws {
    guard fields.count != count else { return }
    throw InputError(
      file: file, line: line, expected: "\(count) columns (\(names))",
      found: "\(fields.count) in \(InputError.quoted(Array(fields.joined(separator: [0x09]))))")
  }
}

/// Rows of a tab-separated file as Python's `csv.reader` finds them with its default quoting: a
/// field that begins with `"` ends at the next single `"`, may hold tabs and line ends, and
/// writes a quote as `""`; quotes elsewhere stand for themselves. Empty lines are no rows.
struct DelimitedRows {
  let input: InputFile

  /// Bound for one quoted field: a forgotten closing quote must not swallow a whole corpus.
  private static let longestRow = 1 << 24

  private static let tab: UInt8 = 0x09
  private static let quote: UInt8 = 0x22

  func next() throws -> DelimitedRow? {
    var bytes: [UInt8] = []
    while bytes.isEmpty {
      guard let line = try input.next() else { return nil }
      bytes = line
    }
    let line = input.line
    if bytes.contains(DelimitedRows.quote) {
      return DelimitedRow(file: input.name, line: line, fields: try quotedFields(bytes, line))
    }
    let fields = bytes.split(separator: DelimitedRows.tab, omittingEmptySubsequences: false)
    return DelimitedRow(file: input.name, line: line, fields: fields.map { Array($0) })
  }

  private enum State { case fieldStart, plain, quoted, afterQuote }

  private func quotedFields(_ first: [UInt8], _ line: Int) throws -> [[UInt8]] {
    var fields: [[UInt8]] = []
    var field: [UInt8] = []
    var state = State.fieldStart
    var bytes = first
    var length = 0
    while true {
      for byte in bytes {
        switch (state, byte) {
        case (.fieldStart, DelimitedRows.quote): state = .quoted
        case (.quoted, DelimitedRows.quote): state = .afterQuote
        case (.afterQuote, DelimitedRows.quote):
          field.append(byte)
          state = .quoted
        case (.fieldStart, DelimitedRows.tab), (.plain, DelimitedRows.tab),
          (.afterQuote, DelimitedRows.tab):
          fields.append(field)
          field = []
          state = .fieldStart
        default:
          field.append(byte)
          if state != .quoted { state = .plain }
        }
      }
      length += bytes.count
      guard state == .quoted else { return fields + [field] }
      guard length < DelimitedRows.longestRow, let more = try input.next() else {
        throw InputError(
          file: input.name, line: line, expected: "a closing quote",
          found: InputError.quoted(first))
      }
      field.append(0x0A)
      bytes = more
    }
  }
}
