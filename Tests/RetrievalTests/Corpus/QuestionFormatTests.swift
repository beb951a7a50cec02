import Foundation
import Retrieval
import Testing

/// The formats of reading data sets, which hold more than a question and its answers.
struct QuestionFormatTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ text: String, _ format: QuestionFormat? = nil, report: ReadingReport = ReadingReport()
  ) throws -> [Question] {
    var questions: [Question] = []
    let path = try folder.write(text, to: "q")
    try QuestionFile.forEachQuestion(path, format: format, report: report) { questions.append($0) }
    return questions
  }

  static let mrqa = """
    {"header": {"dataset": "D", "mrqa_split": "dev"}}
    {"context": "Ü 😀 42, then 42.", "context_tokens": [["Ü", 0]], "qas": [{"qid": "a", \
    "question": "how many?", "question_tokens": [], "detected_answers": [{"text": "42", \
    "char_spans": [[4, 5], [13, 14]], "token_spans": [[2, 2], [5, 5]]}], \
    "answers": ["42", "forty-two"]}, {"qid": "b", "question": "why?", "detected_answers": [], \
    "answers": [], "is_impossible": true}]}
    """

  @Test func mrqaSpansIncludeTheirLastCharacter() throws {
    let passage = Passage(id: "a", title: "", text: "Ü 😀 42, then 42.")
    var first = Question(
      id: "a", text: "how many?", answers: ["42", "forty-two"], passage: passage)
    first.spans = [AnswerSpan(text: "42", start: 4), AnswerSpan(text: "42", start: 13)]
    var second = Question(id: "b", text: "why?", passage: passage)
    second.isImpossible = true
    let report = ReadingReport()
    #expect(try read(Self.mrqa, report: report) == [first, second])
    #expect(report.unread.isEmpty)
  }

  @Test func kiltKeepsProvenanceAndDoesWithoutAnswers() throws {
    let text = """
      {"id": "a", "input": "who", "output": [{"answer": "Homer", "provenance": [{"wikipedia_id": \
      12, "title": "Odyssey", "section": "S", "start_paragraph_id": 1, "start_character": 2, \
      "end_paragraph_id": 3, "end_character": 4, "bleu_score": 0.5, "meta": {"x": 1}}]}, \
      {"answer": " "}, {"provenance": [{"wikipedia_id": "13"}]}], "meta": {}}
      {"id": "b", "input": "when"}
      """
    var place = Provenance(page: "12", title: "Odyssey", answer: "Homer")
    place.section = "S"
    (place.startParagraph, place.startCharacter) = (1, 2)
    (place.endParagraph, place.endCharacter, place.bleu) = (3, 4, 0.5)
    var first = Question(id: "a", text: "who", answers: ["Homer"])
    first.provenance = [place, Provenance(page: "13")]
    let report = ReadingReport()
    #expect(try read(text, report: report) == [first, Question(id: "b", text: "when")])
    #expect(report.unread.map(\.path) == ["meta", "output.provenance.meta"])
  }

  @Test func efficientQAKeepsWhatRatersThought() throws {
    let text = """
      {"question": "q", "answer": ["a"], "def_correct_predictions": ["b"], \
      "poss_correct_predictions": ["c"], "def_incorrect_predictions": ["d"], \
      "answer_and_def_correct_predictions": ["a", "b", "e"]}
      """
    var question = Question(id: "0", text: "q", answers: ["a"])
    question.ratedAnswers = RatedAnswers(
      correct: ["b", "e"], possiblyCorrect: ["c"], incorrect: ["d"])
    #expect(try read(text) == [question])
    #expect(question.extendedAnswers == ["a", "b", "e"])
  }

  @Test func whatDPRTrainsOnGivesItsFirstPositivePassage() throws {
    let text = """
      [{"dataset": "nq", "question": "q", "answers": ["a"], "positive_ctxs": [{"title": "T", \
      "text": "x", "passage_id": "7"}], "negative_ctxs": [], "hard_negative_ctxs": []}]
      """
    let passage = Passage(id: "7", title: "T", text: "x")
    #expect(
      try read(text) == [
        Question(id: "0", text: "q", answers: ["a"], goldPassage: "7", passage: passage)
      ])
  }

  @Test func answersThatSwiftHoldsForEqualStayApart() throws {
    let text =
      #"{"data": [{"title": "T", "paragraphs": [{"context": "é", "qas": [{"id": "1", "#
      + #""question": "q", "answers": [{"text": "\u00e9"}, {"text": "e\u0301"}, "#
      + #"{"text": "\u00e9"}]}]}]}]}"#
    let answers = try read(text).first?.answers ?? []
    #expect(answers.map { $0.unicodeScalars.count } == [1, 2])
  }

  @Test func badLinesAreSkippedAndCountedOnRequest() throws {
    let report = ReadingReport(skipsBad: true)
    let text = """
      {"question": "a", "answer": []}
      {"question": 5}
      {"question": "b", "answer": ["x"
      {"id": 0, "question": "again"}
      {"question": "c"}
      """
    #expect(try read(text, report: report).map(\.id) == ["0", "4"])
    #expect(report.skipped == 3)
    #expect(report.firstSkipped?.line == 2)
  }

  /// The rules of the conversion that came with NQ-open: tags vanish without a blank, entities are
  /// resolved, white space stays; yes and no are no answers; six tokens are too many.
  @Test(arguments: [
    ("10<sup>2</sup> m", "102 m"), ("a<br/>b", "ab"),
    ("R&amp;D &#233;&#xe9; &bogus; &", "R&D éé &bogus; &"),
    ("a  b", "a  b"), ("x<!-- > -->y", "xy"), ("&amp;lt;", "&lt;"), ("1&nbsp;m", "1\u{A0}m"),
    ("a&ndash;b &yuml;&szlig;", "a–b ÿß"),
    ("<a title=\"x>y\">l</a>", "l"), ("<a t=it's>l", "l"),
  ])
  func textsOfPagesAreWhatABrowserShows(html: String, expected: String) throws {
    let page = "<p>\(html)</p>"
    let record =
      "{\"example_id\": 1, \"question_text\": \"q\", \"document_html\": \(quoted(page)), "
      + "\"annotations\": [{\"yes_no_answer\": \"NONE\", \"short_answers\": [{\"start_byte\": 3, "
      + "\"end_byte\": \(3 + html.utf8.count), \"start_token\": 1, \"end_token\": 3}]}]}"
    #expect(try read(record).first?.answers == [expected])
  }

  @Test func questionsThatNQOpenDropsAreReported() throws {
    let yes = #"{"yes_no_answer": "YES", "short_answers": []}"#
    let long = #"{"yes_no_answer": "NONE", "short_answers": [{"start_token": 0, "end_token": 6}]}"#
    let text = [yes, long].enumerated().map {
      #"{"example_id": \#($0), "question_text": "q", "document_text": "a b c d e f", "#
        + #""annotations": [\#($1)]}"#
    }.joined(separator: "\n")
    let report = ReadingReport()
    #expect(try read(text, report: report).isEmpty)
    #expect(report.unread.map(\.count) == [2])
    #expect(report.unread.first?.path.hasPrefix("questions without a short answer") == true)
  }

  private func quoted(_ text: String) -> String { JSONText.string(text).line }

  @Test(arguments: [
    (
      "{\"header\": {}}\n{\"context\": \"ab\", \"qas\": [{\"qid\": 1, \"question\": \"q\", "
        + "\"detected_answers\": [{\"text\": \"b\", \"char_spans\": [[1, 2]]}]}]}", 2,
      "an answer inside the context of 2 characters"
    ),
    (
      #"{"id": 1, "input": "q", "output": [{"provenance": [{"title": "t"}]}]}"#, 1,
      "the field \"wikipedia_id\""
    ),
    (
      #"{"example_id": 1, "question_text": "q", "document_text": "a", "annotations": "#
        + #"[{"short_answers": [{"start_token": 1, "end_token": 1}]}]}"#, 1,
      "a start before its end, or -1 for both"
    ),
    (#"{"context": "c", "qas": [{"question": "q"}]}"#, 1, "the field \"qid\""),
  ])
  func malformedRecordsNameTheLine(text: String, line: Int, expected: String) throws {
    let error = #expect(throws: InputError.self) { try read(text) }
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }
}
