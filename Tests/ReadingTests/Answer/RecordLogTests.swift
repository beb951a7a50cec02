import Foundation
import Reading
import Retrieval
import Testing

@Suite struct RecordLogTests {
  private let folder: TemporaryFolder
  private let path: String
  private let questions = (0..<4).map { Question(id: "\($0)", text: "question \($0)") }
  private let settings = ["top": "50", "method": "hybrid"]

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("answers.jsonl")
  }

  private func log(
    _ questions: [Question]? = nil, settings: [String: String]? = nil, restart: Bool = false
  ) throws -> RecordLog {
    try RecordLog(
      path: path, questions: questions ?? self.questions, settings: settings ?? self.settings,
      restart: restart, hint: "begin anew")
  }

  private func answers(_ range: Range<Int>) throws -> [String] {
    try questions[range].map {
      try Prediction(
        $0, text: "é \($0.id)", confidence: 0.5, evidence: nil, ranking: [], packed: 0
      ).line()
    }
  }

  private func bytes() throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  @Test func aFileThatWasGoneOnWithEqualsOneWrittenAtOnce() throws {
    try log().append(answers(0..<4), from: 0)
    let whole = try bytes()
    try log(restart: true).append(answers(0..<1), from: 0)
    var resumed: RecordLog? = try log()
    #expect(resumed?.count == 1)
    try resumed?.append(answers(1..<3), from: 1)
    #expect(resumed?.count == 3)
    // One process at a time may write.
    #expect(throws: InputError.self) { try log() }
    resumed = nil
    try log().append(answers(3..<4), from: 3)
    #expect(try bytes() == whole)
    #expect(try log().count == 4)
  }

  @Test func whereverAWriteIsTornTheFileIsRepaired() throws {
    try log().append(answers(0..<2), from: 0)
    let whole = try bytes()
    let first = try #require(whole.firstIndex(of: 0x0A)) + 1
    for length in [0, 1, first / 2, first - 1, first, first + 1, whole.count - 1] {
      try whole.prefix(length).write(to: URL(filePath: path))
      let torn = try log()
      #expect(torn.count == (length < first ? 0 : 1))
      try torn.append(answers(0..<2), from: 0)
      #expect(try bytes() == whole)
    }
  }

  @Test func otherSettingsAreRefusedUntilTheFileIsBegunAnew() throws {
    try log().append(answers(0..<2), from: 0)
    let whole = try bytes()
    for other in [["top": "20", "method": "hybrid"], ["top": "50"], [:]] {
      #expect(throws: InputError.self) { try log(settings: other) }
    }
    #expect(throws: InputError.self) { try log(settings: settings.merging(["new": "1"]) { $1 }) }
    #expect(try bytes() == whole)
    #expect(try log(settings: ["top": "20"], restart: true).count == 0)
    #expect(try bytes().isEmpty)
    #expect(try log(settings: ["top": "20"]).count == 0)
  }

  @Test func aFileWithoutItsSettingsIsRefused() throws {
    try log().append(answers(0..<1), from: 0)
    try FileManager.default.removeItem(atPath: path + ".run.json")
    #expect(throws: InputError.self) { try log() }
  }

  @Test func otherQuestionsAreRefused() throws {
    try log().append(answers(0..<3), from: 0)
    let whole = try bytes()
    var renamed = questions
    renamed[1].id = "x"
    var reworded = questions
    reworded[2].text = "another"
    for other in [renamed, reworded, questions.reversed(), Array(questions[..<2])] {
      #expect(throws: InputError.self) { try log(other) }
    }
    #expect(try bytes() == whole)
    #expect(try log(Array(questions[..<3])).count == 3)
  }

  @Test func aLineThatIsNoAnswerIsRefusedWithItsPlace() throws {
    try log().append(answers(0..<1), from: 0)
    try (try bytes() + Data("nonsense\n".utf8)).write(to: URL(filePath: path))
    let error = #expect(throws: InputError.self) { try log() }
    #expect(error?.line == 2)
  }
}
