/// How relevant a passage is for a question.
package struct Judgment: Sendable, Equatable {
  package var question: String
  package var passage: String
  /// 0 is not relevant.
  package var grade: Int

  package init(question: String, passage: String, grade: Int) {
    self.question = question
    self.passage = passage
    self.grade = grade
  }
}

/// The formats of relevance judgements; raw values are the names that users type.
package enum QrelsFormat: String, Sendable, CaseIterable {
  /// Four columns: question, 0, passage, grade.
  case trec = "qrels"
  /// Three columns between tabs under a header: question, passage, grade.
  case beir
  /// JSON Lines `{"query", "doc", "grade"}`.
  case jsonl

  /// The format of a file that begins with `head`; nil when that is no file of judgements.
  package static func recognise(_ head: [UInt8]) -> QrelsFormat? {
    if let json = JSONHead(head) {
      return json.keys.isSuperset(of: ["query", "doc", "grade"]) ? .jsonl : nil
    }
    let line = String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self)
    if QrelsFile.isHeader(QrelsFile.columns(line)) { return .beir }
    let words = line.split(whereSeparator: \.isWhitespace)
    return words.count == 4 && Int(words[3]) != nil ? .trec : nil
  }
}

/// Reads relevance judgements: TREC's four columns, BEIR's three with a header, or JSON Lines
/// `{"query", "doc", "grade"}`; recognised by their content.
package enum QrelsFile {
  /// Grades by question id and passage id; 0 is not relevant.
  package static func read(_ path: String) throws -> [String: [String: Int]] {
    var grades: [String: [String: Int]] = [:]
    try forEachJudgment(path) { grades[$0.question, default: [:]][$0.passage] = $0.grade }
    return grades
  }

  /// Calls `body` with every judgement, in the order of the file; one that comes twice is given
  /// once.
  ///
  /// - Parameter report: says whether bad records are skipped, and what was not read.
  /// - Throws: `InputError`, also for two grades of one passage for one question.
  package static func forEachJudgment(
    _ path: String, report: ReadingReport = ReadingReport(), _ body: (Judgment) throws -> Void
  ) throws {
    let input = try InputFile(path)
    var grades = Grades(input: input, report: report)
    guard let json = JSONHead(try input.head()) else {
      return try readColumns(input, &grades, body)
    }
    var records = JSONRecords(input, layout: json.layout)
    while let (bytes, line) = try records.next() {
      let judgment = try grades.next(line) {
        let record = try JSONRecord(bytes, file: input.name, line: line, report: report)
        return Judgment(
          question: try record.require("query", record.id),
          passage: try record.require("doc", record.id),
          grade: try record.require("grade", record.integer))
      }
      if let judgment { try body(judgment) }
    }
  }

  /// BEIR's own loader passes over the first line unseen; here it is a header only if it says so.
  private static func readColumns(
    _ input: InputFile, _ grades: inout Grades, _ body: (Judgment) throws -> Void
  ) throws {
    while let bytes = try input.nextFilled() {
      if input.line == 1, isHeader(columns(String(decoding: bytes, as: UTF8.self))) { continue }
      let judgment = try grades.next(input.line) {
        let columns = columns(try input.text(bytes))
        guard columns.count == 3 || columns.count == 4,
          let grade = Int(columns[columns.count - 1])
        else {
          throw InputError(
            file: input.name, line: input.line,
            expected: "question, 0, passage, grade, or question, passage, grade",
            found: InputError.quoted(bytes))
        }
        return Judgment(
          question: columns[0], passage: columns[columns.count - 2], grade: grade)
      }
      if let judgment { try body(judgment) }
    }
  }

  /// Ids may hold spaces where tabs separate.
  static func columns(_ text: String) -> [String] {
    let separators: Set<Character> = text.contains("\t") ? ["\t"] : [" "]
    return text.split(whereSeparator: separators.contains).map { String($0).trimmed }
  }

  static func isHeader(_ columns: [String]) -> Bool {
    columns.count == 3 && columns[2] == "score" && columns[1].hasSuffix("id")
  }
}

private struct Grades {
  let input: InputFile
  let report: ReadingReport
  private var grades: [String: [String: Int]] = [:]

  init(input: InputFile, report: ReadingReport) {
    self.input = input
    self.report = report
  }

  /// The judgement that is read, unless it is one that was there before.
  mutating func next(_ line: Int, _ read: () throws -> Judgment) throws -> Judgment? {
    let found = try report.attempt { () throws -> Judgment? in
      let judgment = try read()
      guard let before = grades[judgment.question]?[judgment.passage] else { return judgment }
      if before == judgment.grade { return nil }
      throw InputError(
        file: input.name, line: line,
        expected: "one grade for \(judgment.question) and \(judgment.passage)",
        found: "\(judgment.grade) after \(before)")
    }
    guard let judgment = found ?? nil else { return nil }
    grades[judgment.question, default: [:]][judgment.passage] = judgment.grade
    return judgment
  }
}

/// Writes relevance judgements. A file appears under its name only when it is complete.
package final class QrelsWriter {
  private let format: QrelsFormat
  private let output: OutputFile

  /// - Parameter path: `-` is standard output.
  package init(path: String, format: QrelsFormat) throws {
    self.format = format
    output = try OutputFile(path: path)
    if format == .beir { try output.write("query-id\tcorpus-id\tscore\n") }
  }

  /// - Throws: `InputError` for an id that the format cannot hold.
  package func append(_ judgment: Judgment) throws {
    let (question, passage) = (judgment.question, judgment.passage)
    switch format {
    case .beir:
      try output.write("\(output.id(question))\t\(output.id(passage))\t\(judgment.grade)\n")
    case .trec:
      try output.write("\(output.word(question)) 0 \(output.word(passage)) \(judgment.grade)\n")
    case .jsonl:
      let record = JSONText.object([
        ("query", .string(question)), ("doc", .string(passage)),
        ("grade", .integer(judgment.grade)),
      ])
      try output.write(record.line + "\n")
    }
  }

  package func close() throws { try output.close() }
}
