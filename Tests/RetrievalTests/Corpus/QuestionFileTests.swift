import Foundation
import Retrieval
import Testing

struct QuestionFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String, _ format: QuestionFormat? = nil) throws -> [Question] {
    try QuestionFile.read(try folder.write(text, to: "q"), format: format)
  }

  @Test func nqOpenAndItsRelativesAreRead() throws {
    let text = """
      {"question": "who", "answer": ["a", "b"]}

      {"id": 7, "question": "when", "answers": ["c"], "passage": "p", "passage_id": "d#1"}
      {"id": "x", "question": "where", "golden_answers": ["d"], "metadata": {}}
      {"question": "why"}
      {"question": "what", "answer": "one"}
      """
    let expected = [
      Question(id: "0", text: "who", answers: ["a", "b"]),
      Question(
        id: "7", text: "when", answers: ["c"], goldPassage: "d#1",
        passage: Passage(id: "d#1", title: "", text: "p")),
      Question(id: "x", text: "where", answers: ["d"]), Question(id: "4", text: "why"),
      Question(id: "5", text: "what", answers: ["one"]),
    ]
    #expect(try read(text) == expected)
    let zipped = try folder.gzip(try folder.write(text, to: "z"))
    #expect(try QuestionFile.read(zipped) == expected)
  }

  @Test func dprListsAreParsedAsLiterals() throws {
    let text =
      "who’s there\t['a', \"b's\"]\n" + "quoted cell\t\"['x', \"\"y's\"\"]\"\n" + "none\t[]\n"
    #expect(
      try read(text) == [
        Question(id: "0", text: "who's there", answers: ["a", "b's"]),
        Question(id: "1", text: "quoted cell", answers: ["x", "y's"]),
        Question(id: "2", text: "none"),
      ])
  }

  @Test(arguments: [
    (#"['a']"#, ["a"]), (#" [ 'a' , "b" , ] "#, ["a", "b"]),
    (#"['it\'s', "\"q\""]"#, ["it's", "\"q\""]),
    (#"['\u00e9\x41\U0001F600', '\\', '\d']"#, ["éA😀", #"\"#, #"\d"#]),
    (#"['a, b]', "['c']"]"#, ["a, b]", "['c']"]), (#"['a' "b"]"#, ["ab"]),
    (#"[1997, 'x', -2.50]"#, ["1997", "x", "-2.50"]),
  ])
  func literalListsReadAsInPython(text: String, expected: [String]) {
    #expect(LiteralList.parse(text) == expected)
  }

  @Test(arguments: [
    "", "[", "['a'", "['a]", "['a',,]", "['a' 1]", "a", "[a]", "['a'] + ['b']", "__import__('os')",
    "[None]", #"['\u12']"#, #"['\UFFFFFFFF']"#, "['a']]", "[['a']]", #"['\"#,
  ])
  func whatIsNotAListOfLiteralsIsRefused(text: String) {
    #expect(LiteralList.parse(text) == nil)
  }

  @Test func squadQuestionsKnowTheirPassages() throws {
    var answered = Question(
      id: "q1", text: "What?", answers: ["First"], goldPassage: "beyoncé#1",
      passage: Passage(id: "beyoncé#1", title: "Beyoncé", text: "First {one}."))
    answered.spans = [AnswerSpan(text: "First", start: 0)]
    var open = Question(
      id: "q2", text: "Why?", goldPassage: "super-bowl-50#1",
      passage: Passage(id: "super-bowl-50#1", title: "Super Bowl 50", text: "Third."))
    open.isImpossible = true
    #expect(try read(CorpusReaderTests.squad) == [answered, open])
  }

  @Test func whatIsNotAPassageIsNotTakenForOne() throws {
    let text = """
      {"question": "a", "passage": {"text": "t"}}
      {"question": "b", "passage": ""}
      {"question": "c", "title": 5, "passage": "t"}
      """
    let passages = try read(text).map(\.passage)
    #expect(passages == [nil, nil, Passage(id: "2", title: "", text: "t")])
  }

  @Test func beirQueriesAndTRECTopicsAreRead() throws {
    let expected = [Question(id: "q1", text: "what is"), Question(id: "q2", text: "who was")]
    #expect(
      try read(
        """
        {"_id": "q1", "text": "what is", "metadata": {}}
        {"_id": "q2", "text": "who was"}
        """) == expected)
    #expect(try read("q1\twhat is\nq2\twho was\n") == expected)
  }

  @Test func plainTextIsOneQuestionALine() throws {
    #expect(
      try read("who was first\r\n\n  who was next\n") == [
        Question(id: "0", text: "who was first"), Question(id: "2", text: "who was next"),
      ])
    #expect(try read("a\tb", .text) == [Question(id: "0", text: "a\tb")])
  }

  /// Answers by hand: "two words" from the first annotation, six tokens refused, the page's
  /// U+180E kept inside a token, a question without short answers left out.
  @Test func simplifiedNaturalQuestionsKeepShortAnswers() throws {
    let text = """
      {"example_id": 5, "question_text": "q", "document_text": "<P> two words a b c d\u{180E}e </P>", \
      "annotations": [{"short_answers": [{"start_token": 1, "end_token": 3}]}, \
      {"short_answers": [{"start_token": 0, "end_token": 6}, {"start_token": 6, "end_token": 8}]}]}
      {"example_id": 6, "question_text": "r", "document_text": "x", "annotations": \
      [{"short_answers": [], "yes_no_answer": "NONE"}]}
      """
    #expect(
      try read(text) == [Question(id: "5", text: "q", answers: ["two words", "d\u{180E}e"])])
  }

  @Test func originalNaturalQuestionsAreCutByBytes() throws {
    // The span covers "é <b>A</b> &amp; B": bytes 3 to 21 of the UTF-8 text.
    let text = """
      {"annotations": [{"short_answers": [{"start_byte": 3, "end_byte": 22, "start_token": 1, \
      "end_token": 6}]}], "document_html": "<p>é <b>A</b> &amp; B</p>", \
      "example_id": 9, "question_text": "q"}
      """
    #expect(try read(text) == [Question(id: "9", text: "q", answers: ["é A & B"])])
  }

  @Test(arguments: [
    (#"{"question": "a"}"# + "\n" + #"{"question": "b"#, 2, "a complete JSON object"),
    (#"{"id": 1, "question": "a"}"# + "\n" + #"{"id": "1", "question": "b"}"#, 2, "a new id"),
    (#"{"id": 1}"#, 1, "the field \"question\""),
    (#"{"question": "a", "answer": [1]}"#, 1, "an array of strings in \"answer\""),
    (#"{"question": " "}"#, 1, "a question"),
    ("a\t['b']\nc\t['d'\n", 2, "a list of strings such as ['a', \"b\"]"),
    ("a\t['b']\nc\n", 2, "2 columns (question, list of answers)"),
    ("1\ta\nb\n", 2, "an id, a tab and a query"),
    (
      #"{"example_id": 1, "question_text": "q", "document_text": "a", "annotations": "#
        + #"[{"short_answers": [{"start_token": 0, "end_token": 3}]}]}"#, 1,
      "a short answer inside the document of 1"
    ),
  ])
  func malformedQuestionsNameFileAndLine(text: String, line: Int, expected: String) throws {
    let path = try folder.write(text, to: "q")
    let error = #expect(throws: InputError.self) { try QuestionFile.read(path) }
    #expect(error?.file == path)
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }
}
