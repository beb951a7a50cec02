import Foundation
import Retrieval
import Testing

struct QuestionWriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// With all that makes writing hard: quotes, tabs, characters of several scalars, empty lists.
  private static let questions: [Question] = {
    let first = Passage(id: "a-b#1", title: "A \"B\"", text: "Ü 😀 says \"hi\\\", 42 or 42.\nEnd")
    let second = Passage(id: "a-b#2", title: "A \"B\"", text: "Other")
    var questions = [
      Question(
        id: "q1", text: "who \"said\" it's 42?", answers: ["42", "it's \"hi\""],
        goldPassage: "a-b#1", passage: first),
      Question(id: "q2", text: "why?", goldPassage: "a-b#1", passage: first),
      Question(
        id: "q3", text: "été\u{2028}?", answers: ["Other"], goldPassage: "a-b#2", passage: second),
    ]
    questions[0].spans = [AnswerSpan(text: "42", start: 16)]
    questions[0].isImpossible = false
    questions[1].isImpossible = true
    questions[2].spans = [AnswerSpan(text: "Other", start: 0)]
    return questions
  }()

  private func write(
    _ questions: [Question], _ format: QuestionOutput, _ losses: LossReport = LossReport()
  ) throws -> String {
    let path = "\(folder.path)/out"
    let writer = try QuestionWriter(path: path, format: format, losses: losses)
    try questions.forEach(writer.append)
    try writer.close()
    return path
  }

  private func text(_ questions: [Question], _ format: QuestionOutput) throws -> String {
    try String(contentsOfFile: write(questions, format), encoding: .utf8)
  }

  @Test(arguments: [QuestionOutput.jsonl, .dpr, .squad, .mrqa, .kilt, .flashrag, .beir, .trec])
  func idsTextsAndAnswersReadBack(format: QuestionOutput) throws {
    let read = try QuestionFile.read(write(Self.questions, format))
    #expect(read.map(\.text) == Self.questions.map(\.text))
    if format != .dpr { #expect(read.map(\.id) == ["q1", "q2", "q3"]) }
    if format == .squad {
      // It holds answers at their places only.
      #expect(read.map(\.answers) == [["42"], [], ["Other"]])
    } else if format != .beir, format != .trec {
      #expect(read.map(\.answers) == Self.questions.map(\.answers))
    }
  }

  @Test func ourOwnFormatLosesNothing() throws {
    let losses = LossReport()
    #expect(try QuestionFile.read(write(Self.questions, .jsonl, losses)) == Self.questions)
    #expect(losses.losses.isEmpty)
  }

  @Test func squadIsReadBackAsItWas() throws {
    let path = try folder.write(CorpusReaderTests.squad, to: "squad")
    let questions = try QuestionFile.read(path)
    let losses = LossReport()
    #expect(try QuestionFile.read(write(questions, .squad, losses)) == questions)
    #expect(losses.losses.isEmpty)
  }

  @Test func mrqaIsReadBackAsItWas() throws {
    let questions = try QuestionFile.read(try folder.write(QuestionFormatTests.mrqa, to: "mrqa"))
    let losses = LossReport()
    #expect(try QuestionFile.read(write(questions, .mrqa, losses)) == questions)
    #expect(losses.losses.isEmpty)
  }

  @Test func mrqaCountsCharactersAndTokensInclusively() throws {
    let passage = Passage(id: "q", title: "", text: "Ü 😀 New York.")
    let question = Question(id: "q", text: "where?", answers: ["New York"], passage: passage)
    let line = try text([question], .mrqa).split(separator: "\n")[1]
    #expect(
      line.contains(#""context_tokens": [["Ü", 0], ["😀", 2], ["New", 4], ["York", 8], [".", 12]]"#))
    #expect(line.contains(#""char_spans": [[4, 11]], "token_spans": [[2, 3]]"#))
  }

  @Test func dprQuotesAsPythonDoes() throws {
    let questions = [
      Question(id: "0", text: "a \"q\"\tb", answers: ["it's", "\"x\"", "b'\"", "l\n\\", "é"]),
      Question(id: "1", text: "plain", answers: []),
    ]
    #expect(
      try text(questions, .dpr)
        == "\"a \"\"q\"\"\tb\"\t\"[\"\"it's\"\", '\"\"x\"\"', 'b\\'\"\"', 'l\\n\\\\', 'é']\"\n"
        + "plain\t[]\n")
    #expect(try QuestionFile.read(write(questions, .dpr)) == questions)
  }

  @Test func whatAFormatHasNoPlaceForIsReported() throws {
    let losses = LossReport()
    _ = try write(Self.questions, .nqOpen, losses)
    let found = Dictionary(uniqueKeysWithValues: losses.losses.map { ($0.what, $0.records) })
    #expect(
      found == [
        "ids": 3, "the passage beside the question": 3, "the passage's title": 3,
        "is_impossible": 2, "where the answer stands": 2,
      ])
    let squad = LossReport()
    _ = try write(Self.questions, .squad, squad)
    #expect(squad.losses.map(\.what) == ["answers that do not stand in the passage"])
    let trec = LossReport()
    _ = try write([Question(id: "1", text: "a\tb")], .trec, trec)
    #expect(trec.losses.map(\.what) == ["tabs and line ends inside a text"])
  }

  @Test func judgedAnswersOfEfficientQAReadBack() throws {
    var question = Question(id: "0", text: "q", answers: ["a"])
    question.ratedAnswers = RatedAnswers(correct: ["b"], possiblyCorrect: [], incorrect: ["c"])
    let losses = LossReport()
    #expect(try QuestionFile.read(write([question], .nqOpen, losses)) == [question])
    #expect(losses.losses.isEmpty)
  }

  @Test func provenanceOfKILTReadsBack() throws {
    var question = Question(id: "x", text: "q", answers: ["a", "b"])
    question.provenance = [
      Provenance(page: "1", title: "T", answer: "a"), Provenance(page: "2", answer: "b"),
      Provenance(page: "3"),
    ]
    #expect(try QuestionFile.read(write([question], .kilt)) == [question])
  }

  @Test(arguments: [QuestionOutput.squad, .mrqa])
  func questionsWithoutAPassageAreRefused(format: QuestionOutput) throws {
    let error = #expect(throws: InputError.self) {
      try write([Question(id: "7", text: "q", answers: ["a"])], format)
    }
    #expect(error?.expected == "a passage beside each question")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test(arguments: QuestionOutput.allCases)
  func noQuestionsMakeAFileThatReadsAsNone(format: QuestionOutput) throws {
    #expect(try QuestionFile.read(write([], format)) == [])
  }
}
