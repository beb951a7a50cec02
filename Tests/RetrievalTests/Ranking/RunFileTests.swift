import Foundation
import Retrieval
import Testing

struct RunFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let rankings = [
    Ranking(
      question: Question(id: "q1", text: "who \"said\"?", answers: ["é", "b"]),
      passages: [
        RankedPassage(
          passage: Passage(id: "wiki:1", title: "T", text: "a\n\u{1}b\\"), score: 12.5,
          hasAnswer: true),
        RankedPassage(
          passage: Passage(id: "wiki:2", title: "", text: "c"), score: 1e-07, hasAnswer: false),
      ]),
    Ranking(question: Question(id: "q2", text: "none"), passages: []),
  ]

  private func write(
    _ rankings: [Ranking], _ format: RunFormat, to name: String = "run"
  ) throws -> String {
    let path = "\(folder.path)/\(name)"
    let writer = try RunWriter(path: path, format: format)
    for ranking in rankings { try writer.append(ranking) }
    try writer.close()
    return path
  }

  @Test(arguments: [RunFormat.dpr, .jsonl])
  func whatIsWrittenReadsBack(format: RunFormat) throws {
    #expect(try RunReader.read(write(rankings, format)) == rankings)
    #expect(try RunReader.read(write([], format)) == [])
  }

  @Test func dprIsAnIndentedArrayWithScoresAsStrings() throws {
    let text = try String(contentsOfFile: write(rankings, .dpr), encoding: .utf8)
    #expect(
      text == """
        [
            {
                "id": "q1",
                "question": "who \\"said\\"?",
                "answers": [
                    "é",
                    "b"
                ],
                "ctxs": [
                    {
                        "id": "wiki:1",
                        "title": "T",
                        "text": "a\\n\\u0001b\\\\",
                        "score": "12.5",
                        "has_answer": true
                    },
                    {
                        "id": "wiki:2",
                        "title": "",
                        "text": "c",
                        "score": "1e-07",
                        "has_answer": false
                    }
                ]
            },
            {
                "id": "q2",
                "question": "none",
                "answers": [],
                "ctxs": []
            }
        ]

        """)
  }

  @Test func jsonLinesHoldOneRecordALine() throws {
    let text = try String(contentsOfFile: write(rankings, .jsonl), encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.last == #"{"id": "q2", "question": "none", "answers": [], "ctxs": []}"#)
  }

  @Test func trecHasSixColumnsAndRanksFromOne() throws {
    let path = try write(rankings, .trec)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == "q1 Q0 wiki:1 1 12.500000 firn\nq1 Q0 wiki:2 2 0.000000 firn\n")
    let read = try RunReader.read(path)
    #expect(read.map(\.question.id) == ["q1"])
    #expect(read.first?.passages.map(\.passage.id) == ["wiki:1", "wiki:2"])
  }

  @Test func trecIsOrderedByScoreThenRank() throws {
    let path = try folder.write(
      "q\tQ0\ta\t3\t1.0\tx\nq Q0 b 2 1.0 x\nr Q0 a 1 5 x\nq Q0 c 1 0.5 x\nq Q0 d 4 2 x\n", to: "r")
    let read = try RunReader.read(path)
    #expect(read.map(\.question.id) == ["q", "r"])
    #expect(read.first?.passages.map(\.passage.id) == ["d", "b", "a", "c"])
  }

  @Test func theRecordsOfFiDAreRead() throws {
    let path = try folder.write(
      """
      {"question": "q", "answers": ["a"], "ctxs": [{"id": 3, "title": "t", "text": "x", \
      "score": 1.5, "hasanswer": true}]}
      """, to: "fid.jsonl")
    let passage = Passage(id: "3", title: "t", text: "x")
    #expect(
      try RunReader.read(path) == [
        Ranking(
          question: Question(id: "0", text: "q", answers: ["a"]),
          passages: [RankedPassage(passage: passage, score: 1.5, hasAnswer: true)])
      ])
  }

  @Test func anUnfinishedRunLeavesTheOldOneAlone() throws {
    let path = try write(rankings, .jsonl)
    do {
      let writer = try RunWriter(path: path, format: .jsonl)
      try writer.append(rankings[1])
    }
    #expect(try RunReader.read(path) == rankings)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
    #expect(try RunReader.read(write([rankings[1]], .jsonl)) == [rankings[1]])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
  }

  @Test func trecRefusesIdsThatWouldBreakItsColumns() throws {
    let passage = RankedPassage(passage: Passage(id: "my file#1", title: "", text: ""), score: 1)
    let ranking = Ranking(question: Question(id: "q", text: "q"), passages: [passage])
    #expect(throws: InputError.self) { try write([ranking], .trec) }
  }

  @Test(arguments: [
    ("q Q0 d 1 2.0 x\nq Q0 d 1 2.0\n", 2, "six columns (question, Q0, passage, rank, score, tag)"),
    ("q Q0 d one 2.0 x\n", 1, "six columns (question, Q0, passage, rank, score, tag)"),
    ("q Q0 d 1 2.0 x\nq Q0 d 2 1.0 x\n", 2, "each passage once for a question"),
    (#"{"question": "q", "answers": []}"#, 1, "the field \"ctxs\""),
    (#"{"question": "q", "ctxs": [{"id": 1, "score": "x"}]}"#, 1, "a number in \"score\""),
    (
      #"{"id": 1, "question": "q", "ctxs": []}"# + "\n"
        + #"{"id": 1, "question": "r", "ctxs": []}"#, 2, "one ranking for each question"
    ),
    ("[\n{\"question\": \"q\", \"ctxs\": []},\n{\"que", 3, "the string's closing quote"),
  ])
  func malformedRunsNameFileAndLine(text: String, line: Int, expected: String) throws {
    let path = try folder.write(text, to: "run")
    let error = #expect(throws: InputError.self) { try RunReader.read(path) }
    #expect(error?.file == path)
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }

  @Test(arguments: [
    "q1 0 a 1\nq1 0 b 0\nq2 0 a 2\n", "q1\t0\ta\t1\nq1\t0\tb\t0\nq2\t0\ta\t2\n",
    "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tb\t0\nq2\ta\t2\n",
    """
    {"query": "q1", "doc": "a", "grade": 1}
    {"query": "q1", "doc": "b", "grade": 0}
    {"query": "q2", "doc": "a", "grade": 2}
    """,
  ])
  func judgementsOfAllFormsAreTheSame(text: String) throws {
    let grades = try QrelsFile.read(try folder.write(text, to: "qrels"))
    #expect(grades == ["q1": ["a": 1, "b": 0], "q2": ["a": 2]])
  }

  @Test(arguments: [
    ("q 0 a\nq 0 b 1", 1), ("q 0 a 1\nq 0 b x", 2), ("q 0 a 1\nq 0 a 0", 2),
    (#"{"query": "q", "doc": "a"}"#, 1), (#"{"query": "q", "doc": "a", "grade": 0.5}"#, 1),
  ])
  func malformedJudgementsNameTheLine(text: String, line: Int) throws {
    let path = try folder.write(text, to: "qrels")
    let error = #expect(throws: InputError.self) { try QrelsFile.read(path) }
    #expect(error?.line == line)
  }
}
