import Foundation
import Testing

@testable import Evaluation

struct ComparisonReportTests {
  @Test func comparisonNamesTheBetterSystem() throws {
    let golds = (0..<40).map { "gold \($0)" }
    let a = try golds.map { try ScoredAnswer(id: $0, prediction: $0, golds: [$0]) }
    let b = try golds.map { try ScoredAnswer(id: $0, prediction: "gold", golds: [$0]) }
    let report = ComparisonReport(a: a, b: b)
    #expect(report.metrics.map(\.name) == ["em", "f1"])
    let em = try #require(report.metrics.first?.result)
    #expect((em.a, em.b, em.value, em.low) == (1, 0, 1, 1))
    #expect(em.p < 1e-10)
    #expect(report.table().contains("em      100.0   0.0  100.0  [100.0, 100.0]  0.0000    0.0000"))
  }

  @Test func comparedRunsShareTheirMetrics() throws {
    let a = (0..<9).map { RankedQuestion(id: "\($0)", hits: [true]) }
    let b = (0..<9).map { RankedQuestion(id: "\($0)", hits: [$0 % 3 > 0, true]) }
    let report = ComparisonReport(a: a, b: b, at: [1, 2])
    #expect(report.metrics.map(\.name) == ["recall@1", "recall@2", "mrr"])
    #expect(abs(report.metrics[0].result.p - 0.25) < 1e-12)
    #expect(report.metrics[1].result.p == 1)
    #expect(abs(report.metrics[2].result.value - 1.0 / 6) < 1e-12)
    #expect(report.count == 9)
  }

  @Test func gainsAreComparedWhereAllRelevantPassagesAreKnown() throws {
    let a = [RankedQuestion(id: "0", ranking: ["x", "y"], gold: ["x"])]
    let b = [RankedQuestion(id: "0", ranking: ["y", "z"], gold: ["x"])]
    let report = ComparisonReport(a: a, b: b, at: [1, 1])
    #expect(report.metrics.map(\.name) == ["recall@1", "mrr", "ndcg@10"])
    #expect(report.metrics.map(\.result.value) == [1, 1, 1])
  }

  @Test func withoutQuestionsThereIsNothingToCompare() {
    let report = ComparisonReport(a: [ScoredAnswer](), b: [])
    #expect(report.metrics.isEmpty)
    #expect(report.count == 0)
  }

  @Test func reportEncodesAsItSays() throws {
    let a = [RankedQuestion(id: "0", hits: [true])]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(ComparisonReport(a: a, b: a, at: []))
    let same =
      #"{"a":1,"b":1,"high":0,"low":0,"only_a":0,"only_b":0,"p":1,"p_bootstrap":1,"#
      + #""p_holm":1,"p_randomization":1,"value":0}"#
    #expect(
      String(decoding: data, as: UTF8.self) == #"{"count":1,"metrics":{"mrr":\#(same)}}"#)
  }

  /// p of 0 wins against 3 is 1/4 and against 9 is 2/2⁹; Holm doubles the smaller.
  @Test func severalComparisonsAreAdjustedMetricByMetric() {
    func report(_ wins: Int) -> ComparisonReport {
      let a = [Double](repeating: 1, count: 10)
      let b = (0..<10).map { $0 < wins ? 0.0 : 1 }
      return ComparisonReport(scores: [("em", PairedScores(a: a, b: b))])
    }
    let adjusted = ComparisonReport.adjusted([report(3), report(9)]).map(\.metrics[0].result)
    for (found, expected) in zip(adjusted, [(0.25, 0.25), (0.00390625, 0.0078125)]) {
      #expect(abs(found.p - expected.0) < 1e-12)
      #expect(abs(found.pHolm - expected.1) < 1e-12)
    }
  }
}
