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
    let input = try InputFile(path)
    let head = try input.head()
    var result = QuestionList(file: input.name)
    switch format ?? QuestionFormat.recognise(head) {
    case .jsonl: try readRecords(input, head) { try result.add($0.question(at: $1), $0.line) }
    case .beir:
      try readRecords(input, head) { record, _ in
        try result.add(record.beirQuestion(), record.line)
      }
    case .nq:
      try readRecords(input, head) { record, _ in
        if let question = try record.naturalQuestion() { try result.add(question, record.line) }
      }
    case .squad:
      var ids = ArticleIDs()
      try readRecords(input, head) { record, _ in
        for question in try ids.article(record).flatMap(\.questions) {
          try result.add(question, record.line)
        }
      }
    case .dpr: try readDPR(input, &result)
    case .trec: try readTopics(input, &result)
    case .text: try readText(input, &result)
    }
    return result.questions
  }

  private static func readRecords(
    _ input: InputFile, _ head: [UInt8], _ body: (JSONRecord, Int) throws -> Void
  ) throws {
    let layout = JSONHead(head)?.layout ?? .lines
    var records = JSONRecords(input, layout: layout)
    var position = 0
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: input.name, line: line)
      try body(record, layout == .lines ? line - 1 : position)
      position += 1
    }
  }

  /// DPR writes the typographic apostrophe as `'`.
  private static func readDPR(_ input: InputFile, _ result: inout QuestionList) throws {
    let rows = DelimitedRows(input: input)
    while let row = try rows.next() {
      try row.requireColumns(2, "question, list of answers")
      let list = try row.text(1)
      guard let answers = LiteralList.parse(list) else {
        throw InputError(
          file: row.file, line: row.line, expected: "a list of strings such as ['a', \"b\"]",
          found: InputError.quoted(list))
      }
      let text = try row.text(0).replacingOccurrences(of: "\u{2019}", with: "'")
      try result.add(Question(id: "\(row.line - 1)", text: text, answers: answers), row.line)
    }
  }

  private static func readTopics(_ input: InputFile, _ result: inout QuestionList) throws {
    while let bytes = try input.nextFilled() {
      let parts = try input.text(bytes).split(
        separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw InputError(
          file: input.name, line: input.line, expected: "an id, a tab and a query",
          found: InputError.quoted(bytes))
      }
      try result.add(Question(id: String(parts[0]), text: String(parts[1])), input.line)
    }
  }

  private static func readText(_ input: InputFile, _ result: inout QuestionList) throws {
    while let bytes = try input.nextFilled() {
      let text = try input.text(bytes).trimmed
      try result.add(Question(id: "\(input.line - 1)", text: text), input.line)
    }
  }
}

/// Questions as they come, each id only once.
struct QuestionList {
  let file: String
  private(set) var questions: [Question] = []
  private var lines: [String: Int] = [:]

  init(file: String) { self.file = file }

  mutating func add(_ question: Question, _ line: Int) throws {
    if let first = lines.updateValue(line, forKey: question.id) {
      throw InputError(
        file: file, line: line, expected: "a new id",
        found: "\(InputError.quoted(question.id)) again, first used in line \(first)")
    }
    guard !question.text.allSatisfy(\.isWhitespace) else {
      throw InputError(
        file: file, line: line, expected: "a question", found: InputError.quoted(question.text))
    }
    questions.append(question)
  }
}

extension JSONRecord {
  /// A question of the NQ-open or FlashRAG kind; other fields are ignored.
  func question(at position: Int) throws -> Question {
    let id = try id("id") ?? "\(position)"
    let gold = try self.id("passage_id")
    return Question(
      id: id, text: try require("question", string),
      answers: try strings("answers") ?? strings("answer") ?? strings("golden_answers") ?? [],
      goldPassage: gold, passage: passage(id: gold ?? id))
  }

  /// The passage that a question of a reading data set brings along; such files call it `passage`,
  /// others give that name to other things.
  private func passage(id: String) -> Passage? {
    guard let text = try? string("passage"), !text.isEmpty else { return nil }
    return Passage(id: id, title: (try? string("title")) ?? "", text: text)
  }

  func beirQuestion() throws -> Question {
    Question(id: try require("_id", id), text: try require("text", string))
  }
}
