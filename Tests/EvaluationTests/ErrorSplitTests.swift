import Foundation
import Testing

@testable import Evaluation

struct ErrorSplitTests {
  typealias Flags = (Bool?, Bool?, Bool?)

  private func outcome(
    _ prediction: String, _ golds: [String], _ flags: Flags
  ) throws -> AnswerOutcome {
    try ScoredAnswer(
      id: "", prediction: prediction, golds: golds, rankingHasAnswer: flags.0,
      packedHasAnswer: flags.1, evidenceHasAnswer: flags.2
    ).outcome(under: .squad)
  }

  @Test(arguments: [
    ("the Paris", (nil, nil, nil) as Flags, AnswerOutcome.right),
    ("Paris", (false, false, false), .right),
    ("Rome", (false, false, false), .notRetrieved),
    ("Rome", (true, false, false), .notPacked),
    ("Rome", (true, true, false), .notRead),
    ("", (true, true, true), .notRead),
    ("Paris, France", (true, true, true), .notMatched),
    ("Rome", (true, true, true), .notMatched),
    ("Paris, France", (true, true, nil), .notMatched),
    ("Rome", (true, true, nil), .notRead),
    ("Rome", (nil, nil, nil), .unknown),
    ("Rome", (nil, false, nil), .unknown),
    ("Rome", (true, nil, nil), .unknown),
  ])
  func everyAnswerHasTheOutcomeOfItsDefinition(
    prediction: String, flags: Flags, expected: AnswerOutcome
  ) throws {
    #expect(try outcome(prediction, ["Paris"], flags) == expected)
  }

  @Test func withoutGoldsAbstainingIsRightAndAnsweringIsNot() throws {
    #expect(try outcome("", [], (nil, nil, nil)) == .right)
    #expect(try outcome("Paris", [], (false, false, nil)) == .unanswerable)
  }

  @Test func sharesAddUpToOneAndCountsToAllQuestions() throws {
    var random = SplitMix64(seed: 3)
    let choices: [Bool?] = [nil, false, true]
    let answers = try (0..<500).map { index in
      try ScoredAnswer(
        id: "\(index)",
        prediction: ["", "Rome", "Paris", "Paris town"].randomElement(using: &random)!,
        golds: index % 7 == 0 ? [] : ["Paris"],
        rankingHasAnswer: choices.randomElement(using: &random)!,
        packedHasAnswer: choices.randomElement(using: &random)!,
        evidenceHasAnswer: choices.randomElement(using: &random)!)
    }
    let split = try #require(ErrorSplit(answers: answers, bootstrap: Bootstrap(resamples: 50)))
    #expect(split.parts.map(\.outcome) == AnswerOutcome.allCases)
    #expect(abs(split.parts.reduce(0) { $0 + $1.share.value } - 1) < 1e-12)
    #expect(split.parts.reduce(0) { $0 + $1.count } == 500)
    let report = MetricReport(answers: answers, bootstrap: Bootstrap(resamples: 50))
    #expect(split.parts[0].share == report["em"])
  }

  @Test func thereIsNoSplitWhereNothingIsKnownOfPassages() throws {
    let answer = try ScoredAnswer(id: "0", prediction: "x", golds: ["y"])
    #expect(ErrorSplit(answers: [answer]) == nil)
  }

  @Test func splitEncodesByOutcome() throws {
    let answer = try ScoredAnswer(
      id: "0", prediction: "x", golds: ["y"], rankingHasAnswer: true, packedHasAnswer: false)
    let split = try #require(ErrorSplit(answers: [answer]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(split), as: UTF8.self)
    #expect(text.contains(#""not_packed":{"count":1,"high":1,"low":1,"value":1}"#))
    #expect(text.contains(#""right":{"count":0,"high":0,"low":0,"value":0}"#))
    #expect(!text.contains("unknown"))
  }
}
