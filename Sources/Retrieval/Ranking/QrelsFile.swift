/// Reads relevance judgements: TREC's four columns, BEIR's three with a header, or JSON Lines
/// `{"query", "doc", "grade"}`; recognised by their content.
package enum QrelsFile {
  /// Grades by question id and passage id; 0 is not relevant.
  package static func read(_ path: String) throws -> [String: [String: Int]] {
    let input = try InputFile(path)
    var result = Grades(input: input)
    if let json = JSONHead(try input.head()) {
      var records = JSONRecords(input, layout: json.layout)
      while let (bytes, line) = try records.next() {
        let record = try JSONRecord(bytes, file: input.name, line: line)
        try result.add(
          record.require("query", record.id), record.require("doc", record.id),
          record.require("grade", record.integer), line)
      }
    } else {
      try readColumns(input, &result)
    }
    return result.grades
  }

  private static func readColumns(_ input: InputFile, _ result: inout Grades) throws {
    while let bytes = try input.nextFilled() {
      let text = try input.text(bytes)
      // Ids may hold spaces where tabs separate.
      let separators: Set<Character> = text.contains("\t") ? ["\t"] : [" "]
      let columns = text.split(whereSeparator: separators.contains).map(String.init)
      if input.line == 1, columns == ["query-id", "corpus-id", "score"] { continue }
      guard columns.count == 3 || columns.count == 4, let grade = Int(columns[columns.count - 1])
      else {
        throw InputError(
          file: input.name, line: input.line,
          expected: "question, 0, passage, grade, or question, passage, grade",
          found: InputError.quoted(bytes))
      }
      try result.add(columns[0], columns[columns.count - 2], grade, input.line)
    }
  }
}

private struct Grades {
  let input: InputFile
  var grades: [String: [String: Int]] = [:]

  mutating func add(_ question: String, _ passage: String, _ grade: Int, _ line: Int) throws {
    let before = grades[question, default: [:]].updateValue(grade, forKey: passage)
    guard let before, before != grade else { return }
    throw InputError(
      file: input.name, line: line, expected: "one grade for \(question) and \(passage)",
      found: "\(grade) after \(before)")
  }
}
