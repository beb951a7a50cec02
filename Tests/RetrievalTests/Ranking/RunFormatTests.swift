import Foundation
import Retrieval
import Testing

/// What the formats of runs hold and lose, and how they are told apart.
struct RunFormatTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let rankings = [
    Ranking(
      question: Question(id: "q 1", text: "who \"said\"?", answers: ["é", "b"]),
      passages: [
        RankedPassage(
          passage: Passage(id: "7", title: "T \"U\"", text: "a\nb\u{2028}\\"), score: 12.5,
          hasAnswer: true),
        RankedPassage(
          passage: Passage(id: "8 9", title: "", text: "c"), score: -1e-07, hasAnswer: false),
      ]),
    Ranking(
      question: Question(id: "q2", text: "when"),
      passages: [RankedPassage(passage: Passage(id: "8", title: "", text: ""), score: 3)]),
  ]

  private func write(
    _ rankings: [Ranking], _ format: RunFormat, _ losses: LossReport = LossReport()
  ) throws -> String {
    let path = "\(folder.path)/run.\(format.rawValue)"
    let writer = try RunWriter(path: path, format: format, losses: losses)
    try rankings.forEach(writer.append)
    try writer.close()
    return path
  }

  @Test(arguments: [RunFormat.dpr, .jsonl, .fid])
  func formatsWithTextsReadBackWhole(format: RunFormat) throws {
    let losses = LossReport()
    #expect(try RunReader.read(write(Self.rankings, format, losses)) == Self.rankings)
    #expect(losses.losses.isEmpty)
  }

  @Test func pyserinisTextsAreOneLine() throws {
    var expected = Self.rankings
    expected[0].passages[0].passage.text = "a b\u{2028}\\"
    let losses = LossReport()
    #expect(try RunReader.read(write(Self.rankings, .pyserini, losses)) == expected)
    #expect(losses.losses.map(\.what) == ["line ends inside a text"])
  }

  @Test(arguments: [RunFormat.msmarco, .tevatron, .kilt])
  func otherFormatsKeepTheirOrderAndAreRecognised(format: RunFormat) throws {
    let losses = LossReport()
    let path = try write(Self.rankings, format, losses)
    let read = try RunReader.read(path)
    #expect(read.map(\.question.id) == ["q 1", "q2"])
    #expect(read.map { $0.passages.map(\.passage.id) } == [["7", "8 9"], ["8"]])
    let scores = read.flatMap { $0.passages.map(\.score) }
    #expect(scores == (format == .msmarco ? [1, 0.5, 1] : [12.5, -1e-07, 3]))
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    #expect(RunFormat.recognise(bytes) == format)
    #expect(losses.losses.contains { $0.what == "has_answer" && $0.records == 1 })
    #expect(losses.losses.contains { $0.what == "scores" } == (format == .msmarco))
  }

  @Test func fidIsSortedByScoreAsItsReaderSorts() throws {
    let context = { (id: Int, score: String) in
      #"{"id": \#(id), "title": "", "text": "x", "score": \#(score), "hasanswer": false}"#
    }
    let contexts = [context(1, "\"9\""), context(2, "10"), context(3, "10.0"), context(4, "-1")]
    let path = try folder.write(
      #"{"question": "q", "target": "a", "ctxs": [\#(contexts.joined(separator: ", "))]}"#,
      to: "fid.jsonl")
    let report = ReadingReport()
    var ids: [String] = []
    try RunReader.forEachRanking(path, report: report) { ids = $0.passages.map(\.passage.id) }
    #expect(ids == ["2", "3", "1", "4"])
    #expect(report.unread.map(\.path) == ["target"])
    // DPR's order is the ranking's, whatever the scores say.
    let dpr = try folder.write(
      try String(contentsOfFile: path, encoding: .utf8).replacing("hasanswer", with: "has_answer"),
      to: "dpr.jsonl")
    #expect(try RunReader.read(dpr)[0].passages.map(\.passage.id) == ["1", "2", "3", "4"])
  }

  @Test func fidIsLinesOrAnArrayByTheFilesName() throws {
    let path = "\(folder.path)/fid.jsonl"
    let writer = try RunWriter(path: path, format: .fid)
    try Self.rankings.forEach(writer.append)
    try writer.close()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains(#""score": 12.5, "hasanswer": true"#) == true)
    #expect(try RunReader.read(path) == Self.rankings)
    let array = try String(contentsOfFile: write(Self.rankings, .fid), encoding: .utf8)
    #expect(array.hasPrefix("[\n    {\n"))
  }

  @Test func onlyDPRPutsWikiBeforeItsIds() throws {
    let passage = RankedPassage(passage: Passage(id: "wiki:7", title: "", text: "t"), score: 1)
    let ranking = Ranking(question: Question(id: "0", text: "q"), passages: [passage])
    let ids = try [RunFormat.dpr, .trec, .fid, .pyserini, .kilt].map {
      try RunReader.read(write([ranking], $0))[0].passages[0].passage.id
    }
    #expect(ids == ["wiki:7", "wiki:7", "7", "7", "7"])
  }

  @Test func pyserinisTextsSplitAtTheFirstLineEnd() throws {
    let path = try folder.write(
      """
      {"0": {"question": "q", "answers": ["a"], "contexts": [
        {"docid": 7, "score": "1.5", "text": "\\"T\\"\\nx\\r\\ny", "has_answer": false},
        {"docid": "8", "score": 1, "text": "alone"}, {"docid": "9"}]},
       "x": {"question": "r", "answers": [], "contexts": []}}
      """, to: "run")
    let read = try RunReader.read(path)
    #expect(read.map(\.question.id) == ["0", "x"])
    #expect(
      read.first?.passages.map(\.passage) == [
        Passage(id: "7", title: "T", text: "x\r\ny"), Passage(id: "8", title: "", text: "alone"),
        Passage(id: "9", title: "", text: ""),
      ])
    #expect(read.first?.passages.map(\.score) == [1.5, 1, 1.0 / 3])
  }

  @Test func kiltNamesPagesOfPassages() throws {
    let passages = ["12#3", "a#b", "#5"].map {
      RankedPassage(passage: Passage(id: $0, title: "", text: ""), score: 1)
    }
    let ranking = Ranking(question: Question(id: "0", text: "q"), passages: passages)
    let losses = LossReport()
    let read = try RunReader.read(write([ranking], .kilt, losses))
    #expect(read.first?.passages.map(\.passage.id) == ["12", "a#b", "#5"])
    #expect(losses.losses.map(\.what) == ["passages' own ids (KILT ranks pages)"])
  }

  @Test func scoresThatSixDecimalsJoinAreReported() throws {
    let passages = [1.00000001, 1].enumerated().map {
      RankedPassage(passage: Passage(id: "\($0)", title: "", text: ""), score: $1)
    }
    let ranking = Ranking(question: Question(id: "0", text: ""), passages: passages)
    let losses = LossReport()
    _ = try write([ranking], .trec, losses)
    #expect(losses.losses.map(\.what) == ["differences of scores beyond six decimals"])
  }

  @Test(arguments: [
    ("q\td\t1\nq\te\t2\nr\td\t1\n", RunFormat.msmarco), ("q\td\t2\nq\te\t1\n", .tevatron),
    ("q\td\t1\nq\te\t1\n", .tevatron), ("q\td\t0.5\n", .tevatron), ("q Q0 d 1 2 t\n", .trec),
    ("q\td\t1\n", .msmarco), ("q\td\tx\n", nil), ("q\twhat is\n", nil), ("q 0 d 1\n", nil),
    ("", nil),
    (#"{"question": "q", "answer": []}"#, nil), (#"{"q1": "answer"}"#, nil),
    (#"{"id": "1", "output": [{"answer": "a", "provenance": []}]}"#, nil),
    (#"{"id": "1", "output": [{"provenance": []}]}"#, .kilt),
  ])
  func formatsAreToldApartByContent(head: String, expected: RunFormat?) {
    #expect(RunFormat.recognise(Array(head.utf8)) == expected)
  }

  @Test(arguments: [
    (RunFormat.msmarco, "q\td\t1\nq\te\t0\n", 2, "a rank from 1 in the third column"),
    (.msmarco, "q\td\n", 1, "three columns (question, passage, rank)"),
    (.tevatron, "q\td\t1.5\nq\te\tnan\n", 2, "three columns (question, passage, score)"),
    (.tevatron, "q\td\t1\nq\td\t2\n", 2, "each passage once for a question"),
    (
      .dpr, #"{"question": "q", "ctxs": [{"id": 1, "score": "inf"}]}"#, 1,
      "a finite number in \"score\""
    ),
    (
      .pyserini, "{\"0\": {\"contexts\": []},\n\"0\": {\"contexts\": []}}", 2,
      "one ranking for each question"
    ),
    (.pyserini, "{\"0\": {\"contexts\": []}\n\"1\": {}}", 2, "a comma or a closing brace"),
    (.pyserini, "{\"0\": {\"contexts\": []},\n", 1, "a closing brace"),
    (.pyserini, "{\"0\": [1 2]}", 1, "a complete JSON object"),
    (.pyserini, "{\"0\": {\"contexts\": []}} {}", 1, "the end of the file"),
    (
      .kilt, #"{"id": "1", "output": [{"provenance": [{"title": "t"}]}]}"#, 1,
      "the field \"wikipedia_id\""
    ),
  ])
  func malformedRunsNameTheLine(
    format: RunFormat, text: String, line: Int, expected: String
  ) throws {
    let path = try folder.write(text, to: "run")
    let error = #expect(throws: InputError.self) { try RunReader.read(path, format: format) }
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }

  @Test func badRecordsAreSkippedOnRequest() throws {
    let path = try folder.write("q Q0 a 1 2 t\nq Q0 b x 1 t\nq Q0 a 2 1 t\nr Q0 a 1 1 t\n", to: "r")
    let report = ReadingReport(skipsBad: true)
    var ids: [[String]] = []
    try RunReader.forEachRanking(path, report: report) { ids.append($0.passages.map(\.passage.id)) }
    #expect(ids == [["a"], ["a"]])
    #expect(report.skipped == 2)
  }

  @Test(arguments: QrelsFormat.allCases)
  func judgementsReadBackInTheirOrder(format: QrelsFormat) throws {
    let judgments = [
      Judgment(question: "b", passage: "x", grade: 2),
      Judgment(question: "a", passage: "y", grade: 0),
      Judgment(question: "b", passage: "a", grade: -1),
    ]
    let path = "\(folder.path)/qrels"
    let writer = try QrelsWriter(path: path, format: format)
    try judgments.forEach(writer.append)
    try writer.close()
    var read: [Judgment] = []
    try QrelsFile.forEachJudgment(path) { read.append($0) }
    #expect(read == judgments)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    #expect(QrelsFormat.recognise(bytes) == format)
  }

  /// BEIR's loader would lose the first judgement of such a file.
  @Test func judgementsWithoutAHeaderKeepTheirFirstLine() throws {
    let path = try folder.write("q 1\td\t1\nq 1\te\t0\n", to: "qrels")
    #expect(try QrelsFile.read(path) == ["q 1": ["d": 1, "e": 0]])
  }
}
