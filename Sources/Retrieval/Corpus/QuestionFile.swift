import Foundation

/// Reads files of questions.
package enum QuestionFile {
  /// The questions of a file, in its order.
  ///
  /// A question without an id gets its zero-based line number, or for JSON that is not one record
  /// a line its zero-based position.
  /// - Parameter format: nil recognises it by the content.
  /// - Throws: `InputError` for malformed records and for two questions of one id.
  package static func read(_ path: String, format: QuestionFormat? = nil) throws -> [Question] {
    var questions: [Question] = []
    try forEachQuestion(path, format: format) { questions.append($0) }
    return questions
  }

  /// Calls `body` with every question of a file; of most formats one record is in memory at a time.
  ///
  /// - Parameter report: says whether bad records are skipped, and what was not read.
  package static func forEachQuestion(
    _ path: String, format: QuestionFormat? = nil, report: ReadingReport = ReadingReport(),
    _ body: (Question) throws -> Void
  ) throws {
    let input = try InputFile(path)
    let format = try format ?? QuestionFormat.recognise(input.head())
    var reader = QuestionRecords(input: input, report: report)
    try reader.read(format, body)
  }
}

/// The questions of one open file, each id only once.
private struct QuestionRecords {
  let input: InputFile
  let report: ReadingReport
  private var lines: [String: Int] = [:]

  init(input: InputFile, report: ReadingReport) {
    self.input = input
    self.report = report
  }

  mutating func read(_ format: QuestionFormat, _ body: (Question) throws -> Void) throws {
    switch format {
    case .jsonl: try readJSON(body) { [try $0.question(at: $1)] }
    case .beir: try readJSON(body) { record, _ in [try record.beirQuestion()] }
    case .kilt: try readJSON(body) { [try $0.kiltQuestion(at: $1)] }
    case .mrqa: try readJSON(body) { record, _ in try record.mrqaQuestions() }
    case .nq: try readJSON(body) { record, _ in try record.naturalQuestion().map { [$0] } ?? [] }
    case .squad:
      var ids = ArticleIDs()
      try readJSON(body) { record, _ in try ids.article(record).flatMap(\.questions) }
    case .dpr: try readDPR(body)
    case .trec: try readTopics(body)
    case .text:
      try readLines(body) { line, text in Question(id: "\(line - 1)", text: text.trimmed) }
    }
  }

  private mutating func readJSON(
    _ body: (Question) throws -> Void, _ questions: (JSONRecord, Int) throws -> [Question]
  ) throws {
    let layout = try JSONHead(input.head())?.layout ?? .lines
    var records = JSONRecords(input, layout: layout)
    var position = 0
    while let (bytes, line) = try records.next() {
      let found = try report.attempt {
        let record = try JSONRecord(bytes, file: input.name, line: line, report: report)
        return try questions(record, layout == .lines ? line - 1 : position)
      }
      position += 1
      for question in found ?? [] { try add(question, line, body) }
    }
  }

  /// DPR writes the typographic apostrophe as `'`.
  private mutating func readDPR(_ body: (Question) throws -> Void) throws {
    let rows = DelimitedRows(input: input)
    while let row = try rows.next() {
      let question = try report.attempt {
        try row.requireColumns(2, "question, list of answers")
        let list = try row.text(1)
        guard let answers = LiteralList.parse(list) else {
          throw InputError(
            file: row.file, line: row.line, expected: "a list of strings such as ['a', \"b\"]",
            found: InputError.quoted(list))
        }
        let text = try row.text(0).replacingOccurrences(of: "\u{2019}", with: "'")
        return Question(id: "\(row.line - 1)", text: text, answers: answers)
      }
      if let question { try add(question, row.line, body) }
    }
  }

  private mutating func readTopics(_ body: (Question) throws -> Void) throws {
    let name = input.name
    try readLines(body) { line, text in
      let parts = text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw InputError(
          file: name, line: line, expected: "an id, a tab and a query",
          found: InputError.quoted(text))
      }
      return Question(id: String(parts[0]), text: String(parts[1]))
    }
  }

  private mutating func readLines(
    _ body: (Question) throws -> Void, _ question: (Int, String) throws -> Question
  ) throws {
    while let bytes = try input.nextFilled() {
      let found = try report.attempt { try question(input.line, input.text(bytes)) }
      if let found { try add(found, input.line, body) }
    }
  }

  private mutating func add(
    _ question: Question, _ line: Int, _ body: (Question) throws -> Void
  ) throws {
    if try report.attempt({ try check(question, line) }) != nil { try body(question) }
  }

  private mutating func check(_ question: Question, _ line: Int) throws {
    if let first = lines[question.id] {
      throw InputError(
        file: input.name, line: line, expected: "a new id",
        found: "\(InputError.quoted(question.id)) again, first used in line \(first)")
    }
    guard !question.text.allSatisfy(\.isWhitespace) else {
      throw InputError(
        file: input.name, line: line, expected: "a question",
        found: InputError.quoted(question.text))
    }
    lines[question.id] = line
  }
}
