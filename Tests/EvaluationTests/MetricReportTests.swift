import Foundation
import Testing

@testable import Evaluation

struct MetricReportTests {
  let bootstrap = Bootstrap(resamples: 200)

  private func answers() throws -> [ScoredAnswer] {
    [
      try ScoredAnswer(
        id: "0", prediction: "The Paris", golds: ["paris"], confidence: 0.9, packedHasAnswer: true),
      try ScoredAnswer(
        id: "1", prediction: "blue whale", golds: ["the blue fox"], confidence: 0.4,
        packedHasAnswer: true),
      try ScoredAnswer(
        id: "2", prediction: "Rome", golds: ["Lyon"], confidence: 0.2, packedHasAnswer: false),
      try ScoredAnswer(id: "3", prediction: "", golds: [], confidence: 0.1, packedHasAnswer: false),
    ]
  }

  /// EM 2 of 4; F1 (1 + ½ + 0 + 1)/4; recall 2 of the 3 with golds.
  @Test func answerFiguresAgreeWithNumbersWorkedByHand() throws {
    let report = MetricReport(answers: try answers(), bootstrap: bootstrap)
    #expect(report.count == 4)
    #expect(report["em"]?.value == 0.5)
    #expect(report["f1"]?.value == 0.625)
    #expect(report["answered"]?.value == 0.75)
    #expect(report["em_answerable"]?.value == 1.0 / 3)
    #expect(report["f1_answerable"]?.value == 0.5)
    #expect(report["em_unanswerable"]?.value == 1)
    #expect(abs(try #require(report["reader_recall"]).value - 2.0 / 3) < 1e-12)
    #expect(abs(try #require(report["ece"]).value - 0.4) < 1e-12)
    #expect(report["em_coverage_50"]?.value == 0.5)
  }

  @Test func everyIntervalHoldsItsValue() throws {
    let report = MetricReport(answers: try answers(), bootstrap: bootstrap)
    #expect(report.metrics.count == 14)
    for (name, estimate) in report.metrics {
      #expect(estimate.low <= estimate.value && estimate.value <= estimate.high, "\(name)")
    }
  }

  @Test func undefinedFiguresAreLeftOut() throws {
    let answer = try ScoredAnswer(id: "0", prediction: "x", golds: ["x", "The"])
    let report = MetricReport(answers: [answer], bootstrap: bootstrap)
    #expect(report.metrics.map(\.name) == ["em", "f1", "answered"])
    #expect(report.warnings.count == 1)
    #expect(MetricReport(answers: [], bootstrap: bootstrap).metrics.isEmpty)
  }

  @Test(arguments: [-0.1, 1.5, .nan, .infinity])
  func aConfidenceOutsideZeroToOneIsRefused(confidence: Double) {
    #expect(throws: ScoredAnswerError.self) {
      try ScoredAnswer(id: "7", prediction: "", golds: [], confidence: confidence)
    }
  }

  /// Hits at rank 1, 2 and none; nDCG 1, 1/log₂3, 0.
  @Test func rankingFiguresAgreeWithNumbersWorkedByHand() throws {
    let rankings = [["a", "b"], ["b", "a"], ["b"]].map {
      RankedQuestion(id: "", ranking: $0, gold: ["a"])
    }
    let report = MetricReport(rankings: rankings, at: [1, 20], bootstrap: bootstrap)
    #expect(report.metrics.map(\.name) == ["recall@1", "recall@20", "mrr", "ndcg@10", "map"])
    #expect(report["recall@1"]?.value == 1.0 / 3)
    #expect(report["recall@20"]?.value == 2.0 / 3)
    #expect(report["mrr"]?.value == 0.5)
    #expect(abs(try #require(report["ndcg@10"]).value - (1 + 1 / log2(3.0)) / 3) < 1e-12)
    let byHits = MetricReport(
      rankings: [RankedQuestion(id: "", hits: [true])], bootstrap: bootstrap)
    #expect(byHits.metrics.map(\.name).last == "mrr")
  }

  @Test func reportEncodesAsTheInterfaceSays() throws {
    let rankings = [RankedQuestion(id: "", hits: [true])]
    let report = MetricReport(rankings: rankings, at: [20], bootstrap: bootstrap)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(report), as: UTF8.self)
    let one = #"{"high":1,"low":1,"value":1}"#
    #expect(text == #"{"count":1,"metrics":{"mrr":\#(one),"recall@20":\#(one)}}"#)
  }

  @Test func tableIsAligned() {
    let rankings = [RankedQuestion(id: "", hits: [true])]
    let report = MetricReport(rankings: rankings, at: [20], bootstrap: bootstrap)
    #expect(
      report.table() == """
        1 rankings
        metric         %        interval
        recall@20  100.0  [100.0, 100.0]
        mrr        100.0  [100.0, 100.0]
        """)
  }
}
