extension JSONRecord {
  private static let longestAnswer = 5

  /// The NQ-open form of one Natural Questions record: the short answers of at most five tokens,
  /// over all annotations. YES and NO are no short answers.
  ///
  /// - Returns: nil when there is no such answer; NQ-open leaves those questions out.
  /// - Source: Lee et al. 2019, arXiv:1906.00300, section 4.2, and the conversion that came with it.
  func naturalQuestion() throws -> Question? {
    skip(
      "example_id", "question_text", "document_html", "document_text", "document_url",
      "document_title", "question_tokens", "document_tokens",
      "long_answer_candidates")
    var answers: [String] = []
    var page: NaturalPage?
    for annotation in try require("annotations", records) {
      annotation.skip("annotation_id", "yes_no_answer", "long_answer")
      for record in try annotation.records("short_answers") ?? [] {
        let span = try NaturalSpan(record)
        guard let tokens = span.tokens, tokens.count <= JSONRecord.longestAnswer else { continue }
        // Taken apart only now: many questions have no short answer, and a page is long.
        let known = try page ?? NaturalPage(self, tokens: false)
        page = known
        answers.addDistinct(try known.text(span, in: record).map { [$0] } ?? [])
      }
    }
    guard !answers.isEmpty else {
      reportUnread("questions without a short answer of at most five tokens")
      return nil
    }
    return Question(
      id: try require("example_id", id), text: try require("question_text", string),
      answers: answers)
  }
}

/// A place in a page of Natural Questions; ends are exclusive and -1 says that there is none.
package struct NaturalSpan: Sendable, Equatable {
  package var startByte = -1
  package var endByte = -1
  package var startToken = -1
  package var endToken = -1

  package init() {}

  init(bytes: Range<Int>?, tokens: Range<Int>) {
    if let bytes { (startByte, endByte) = (bytes.lowerBound, bytes.upperBound) }
    (startToken, endToken) = (tokens.lowerBound, tokens.upperBound)
  }

  /// The simplified form has no bytes.
  package init(_ record: JSONRecord) throws {
    startByte = try record.integer("start_byte") ?? -1
    endByte = try record.integer("end_byte") ?? -1
    startToken = try record.integer("start_token") ?? -1
    endToken = try record.integer("end_token") ?? -1
    for (start, end) in [(startByte, endByte), (startToken, endToken)]
    where start < 0 ? end >= 0 : start >= end {
      throw record.error(
        expected: "a start before its end, or -1 for both", found: "\(start) and \(end)")
    }
  }

  var bytes: Range<Int>? { startByte < 0 ? nil : startByte..<endByte }
  var tokens: Range<Int>? { startToken < 0 ? nil : startToken..<endToken }
  package var isNull: Bool { startByte < 0 && startToken < 0 }

  package var json: JSONText {
    .object([
      ("start_byte", .integer(startByte)), ("end_byte", .integer(endByte)),
      ("start_token", .integer(startToken)), ("end_token", .integer(endToken)),
    ])
  }
}
