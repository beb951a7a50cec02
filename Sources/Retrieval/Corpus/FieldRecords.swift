/// JSON Lines of records with an id and text fields of given names; other fields are ignored.
///
/// A record without an id gets the zero-based number of its line.
package struct FieldRecords {
  package struct Record: Equatable, Sendable {
    package let id: String
    /// The fields' texts, in the order in which they were asked for.
    package let values: [String]
  }

  private let input: InputFile
  private let fields: [String]

  /// - Parameter path: `-` is standard input.
  /// - Throws: here and later, `InputError` when the file is missing, unreadable or malformed.
  package init(path: String, fields: [String]) throws {
    input = try InputFile(path)
    self.fields = fields
  }

  /// The next records, at most `count` and none only at the end.
  package func next(_ count: Int) throws -> [Record] {
    var records: [Record] = []
    while records.count < count, let bytes = try input.nextFilled() {
      let record = try JSONRecord(bytes, file: input.name, line: input.line)
      records.append(
        Record(
          id: try record.id("id") ?? "\(input.line - 1)",
          values: try fields.map { try record.require($0, record.string) }))
    }
    return records
  }
}
