import Foundation
import Reading
import Retrieval
import Testing

struct PredictionFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func save(_ text: String) throws -> String {
    let path = folder.path("in")
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private func read(
    _ path: String, _ format: PredictionFormat? = nil, report: ReadingReport = ReadingReport()
  ) throws -> [PredictionEntry] {
    var entries: [PredictionEntry] = []
    try PredictionFile.forEachPrediction(path, format: format, report: report) { entry, _ in
      entries.append(entry)
    }
    return entries
  }

  private func write(
    _ entries: [PredictionEntry], _ format: PredictionFormat, _ losses: LossReport = LossReport()
  ) throws -> String {
    let path = folder.path("out")
    let writer = try PredictionWriter(path: path, format: format, losses: losses)
    try entries.forEach(writer.append)
    try writer.close()
    return path
  }

  private static let entries: [PredictionEntry] = {
    var first = PredictionEntry(id: "q1", question: "who \"did\"?", text: "Zoë \"Z\"\\")
    first.confidence = 0.25
    first.noAnswerProbability = 0.5
    first.answers = ["Zoë", "Zoe\u{308}"]
    first.passages = [
      Prediction.Source(["id": "12#3", "title": "T", "rank": 1, "score": 2.5, "packed": true]),
      Prediction.Source(["id": "12#4", "title": "T", "rank": 2, "score": -1, "packed": true]),
      Prediction.Source(["id": "13#1", "title": "", "rank": 3, "score": -2, "packed": true]),
      Prediction.Source(["id": "14", "title": "", "rank": 4, "score": -3, "packed": false]),
    ]
    first.evidence = Prediction.Evidence(id: "13#1", start: 2, end: 5)
    return [first, PredictionEntry(id: "q2", question: "when?", text: "")]
  }()

  @Test func ourOwnFormatLosesNothing() throws {
    let losses = LossReport()
    let path = try write(Self.entries, .jsonl, losses)
    #expect(try read(path) == Self.entries)
    #expect(losses.losses.isEmpty)
  }

  /// A file of the answering command and its conversion hold the same.
  @Test func recordsOfTheAnsweringCommandAreReadWhole() throws {
    let ranked = RankedPassage(
      passage: Passage(id: "p", title: "T", text: "x"), score: 1.5, hasAnswer: true)
    let prediction = Prediction(
      Question(id: "q", text: "who", answers: ["a"]), text: "x", confidence: 0.5,
      evidence: Prediction.Evidence(id: "p", start: 0, end: 1), ranking: [ranked], packed: 1)
    let report = ReadingReport()
    let entry = try #require(try read(save(prediction.line()), report: report).first)
    #expect(report.unread.isEmpty)
    #expect(entry.passages == prediction.passages)
    let again = try String(contentsOfFile: write([entry], .jsonl), encoding: .utf8)
    #expect(try JSONDecoder().decode(Prediction.self, from: Data(again.utf8)) == prediction)
  }

  @Test(arguments: PredictionFormat.allCases)
  func answersReadBack(format: PredictionFormat) throws {
    let read = try read(write(Self.entries, format), format == .mrqa ? .squad : nil ?? format)
    let kept = format == .kilt ? ["Zoë \"Z\"\\", "-"] : ["Zoë \"Z\"\\", ""]
    if format != .nq { #expect(read.map(\.text) == kept) }
    let hasIDs = format != .nqOpen && format != .dpr
    #expect(read.map(\.id) == (hasIDs ? ["q1", "q2"] : [nil, nil]))
    if !hasIDs || format == .kilt { #expect(read.map(\.question) == ["who \"did\"?", "when?"]) }
  }

  @Test(arguments: [PredictionFormat.jsonl, .nqOpen, .dpr, .squad, .kilt, .nq])
  func formatsAreRecognisedByContent(format: PredictionFormat) throws {
    let bytes = try Data(contentsOf: URL(filePath: write(Self.entries, format)))
    #expect(PredictionFormat.recognise([UInt8](bytes)) == format)
    #expect(RunFormat.recognise([UInt8](bytes)) == nil)
  }

  @Test(arguments: [
    "id\tanswer\n", #"{"question": "q", "answer": []}"#, "{\"q\": {\"contexts\": []}}", "",
    #"{"id": "1", "input": "q", "output": [{"answer": "a"}], "meta": {}}"#,
    #"{"data": []}"#, #"{"text": "t"}"#,
  ])
  func otherFilesAreNoPredictions(head: String) {
    #expect(PredictionFormat.recognise(Array(head.utf8)) == nil)
  }

  @Test func whatAFormatHasNoPlaceForIsReported() throws {
    let losses = LossReport()
    _ = try write(Self.entries, .squad, losses)
    let found = Dictionary(uniqueKeysWithValues: losses.losses.map { ($0.what, $0.records) })
    #expect(
      found == [
        "the question's text": 2, "confidence": 1, "passages": 1, "evidence": 1,
        "accepted answers": 1,
      ])
  }

  @Test func dprsReaderIsTakenAtItsGreatestDepth() throws {
    let prediction = { (depth: Int, text: String) in
      #"{"top_k": \#(depth), "prediction": {"text": "\#(text)", "score": 3.5, "#
        + #""relevance_score": 1.0, "passage_idx": 4, "passage": "p"}}"#
    }
    let text =
      #"[{"question": "q", "gold_answers": ["g"], "predictions": ["#
      + "\(prediction(10, "a")), \(prediction(50, "b")), \(prediction(20, "c"))]}]"
    let report = ReadingReport()
    let entry = try read(save(text), report: report)[0]
    #expect(entry.text == "b" && entry.score == 3.5 && entry.evidenceText == "p")
    #expect(entry.answers == ["g"])
    #expect(report.unread.contains { $0.path == "predictions of smaller top_k" })
  }

  @Test func kiltNamesTheEvidencesPageFirstAndEachOnce() throws {
    let losses = LossReport()
    let read = try read(write(Self.entries, .kilt, losses))
    #expect(read[0].provenance.map(\.page) == ["13", "12"])
    #expect(losses.losses.contains { $0.what.hasPrefix("no answer") && $0.records == 1 })
  }

  @Test func naturalQuestionsSpansAndYesNoReadBack() throws {
    var answer = NaturalAnswer()
    let spans = [[3, 9, 1, 2], [-1, -1, 4, 6]].map(NaturalSpan.init(numbers:))
    (answer.short, answer.shortScore, answer.longScore) = (spans, 1.5, 2.5)
    answer.long = NaturalSpan(numbers: [0, 90, 0, 30])
    var place = PredictionEntry(id: "123", text: nil)
    (place.natural, place.score) = (answer, 1.5)
    let entries = [place, PredictionEntry(id: "x", text: "Yes")]
    let path = try write(entries, .nq)
    let read = try read(path)
    #expect(read[0] == place)
    #expect(read[1].text == "yes" && read[1].natural?.yesNo == "YES")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains(#""example_id": 123,"#) && text.contains(#""example_id": "x""#))
  }

  @Test func questionsOfOneTextMayRepeatTheirAnswerOnly() throws {
    let line = { (answer: String) in #"{"question": "q", "prediction": "\#(answer)"}"# + "\n" }
    #expect(try read(save(line("a") + line("a"))).count == 2)
    let path = try save(line("a") + line("b"))
    let error = #expect(throws: InputError.self) { try read(path) }
    #expect(error?.line == 2)
  }

  @Test(arguments: [
    (#"{"id": 1, "prediction": 5}"#, 1, "a string in \"prediction\""),
    (#"{"id": 1, "prediction": "a", "confidence": 1.5}"#, 1, "a confidence in 0...1"),
    (
      #"{"id": 1, "prediction": "a"}"# + "\n" + #"{"id": "1", "prediction": "a"}"#, 2,
      "one prediction for each question"
    ),
    ("{\"a\": \"x\",\n\"b\": 5}", 2, "a string in \"b\""),
    ("{\"a\": \"x\",\n\"a\": \"y\"}", 2, "one prediction for each question"),
    ("q1\tanswer\nq2\n", 2, "an id, a tab and an answer"),
    (#"{"id": 1, "output": [{"answer": "a"}, {"answer": "b"}]}"#, 1, "one element in \"output\""),
    ("[{\"question\": \"q\", \"predictions\": []}]", 1, "a prediction in \"predictions\""),
    (
      "{\"predictions\": [\n{\"example_id\": 1, \"yes_no_answer\": \"MAYBE\"}]}", 2,
      "YES, NO or NONE in \"yes_no_answer\""
    ),
    (
      "{\"predictions\": [{\"example_id\": 1, \"yes_no_answer\": \"YES\", \"short_answers\": "
        + "[{\"start_byte\": 1, \"end_byte\": 2, \"start_token\": -1, \"end_token\": -1}]}]}", 1,
      "a yes or no answer or short answers"
    ),
    (
      "{\"predictions\": [{\"example_id\": 1, \"short_answers\": "
        + "[{\"start_byte\": -1, \"end_byte\": 2, \"start_token\": -1, \"end_token\": -1}]}]}", 1,
      "a start before its end, or -1 for both"
    ),
  ])
  func malformedRecordsNameTheLine(text: String, line: Int, expected: String) throws {
    let path = try save(text)
    let error = #expect(throws: InputError.self) { try read(path) }
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }

  @Test func probabilitiesOfNoAnswerAreChecked() throws {
    #expect(
      try PredictionFile.noAnswerProbabilities(save(#"{"a": 0.5, "b": 1}"#)) == ["a": 0.5, "b": 1])
    for text in [#"{"a": 1.5}"#, #"{"a": "x"}"#, #"{"a": 0, "a": 1}"#] {
      let path = try save(text)
      #expect(throws: InputError.self) { try PredictionFile.noAnswerProbabilities(path) }
    }
  }

  @Test(arguments: PredictionFormat.allCases)
  func noPredictionsMakeAFileThatReadsAsNone(format: PredictionFormat) throws {
    #expect(try read(write([], format), format).isEmpty)
  }

  @Test func whatAFormatCannotDoWithoutIsAskedFor() throws {
    let cases: [(PredictionFormat, PredictionEntry)] = [
      (.squad, PredictionEntry(id: nil, question: "q", text: "a")),
      (.nqOpen, PredictionEntry(id: "1", text: "a")),
      (.dpr, PredictionEntry(id: "1", text: "a")), (.fid, PredictionEntry(id: "1", text: nil)),
    ]
    for (format, entry) in cases {
      let error = #expect(throws: InputError.self) { try write([entry], format) }
      #expect(error?.hint == "--questions names the file that has it")
    }
  }
}

extension NaturalSpan {
  fileprivate init(numbers: [Int]) {
    self.init()
    (startByte, endByte) = (numbers[0], numbers[1])
    (startToken, endToken) = (numbers[2], numbers[3])
  }
}

extension Prediction.Source {
  fileprivate init(_ fields: [String: Any]) {
    // Decoded, because predictions are made of rankings only.
    let data = try? JSONSerialization.data(withJSONObject: fields)
    let source = data.flatMap { try? JSONDecoder().decode(Prediction.Source.self, from: $0) }
    guard let source else { preconditionFailure("expected a source, found \(fields)") }
    self = source
  }
}
