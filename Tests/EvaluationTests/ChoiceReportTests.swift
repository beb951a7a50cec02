import Foundation
import Testing

@testable import Evaluation

struct ChoiceReportTests {
  private func report(_ scores: [[Double]], chosen: Int = 0) -> ChoiceReport {
    ChoiceReport(
      metric: "em", names: scores.indices.map { "c\($0)" }, scores: scores, chosen: chosen,
      bootstrap: Bootstrap(resamples: 2000))
  }

  private func coins(_ count: Int, right: Int) -> [Double] {
    (0..<count).map { $0 < right ? 1 : 0 }
  }

  @Test func aClearWinnerIsTheBestInEveryResample() {
    let report = report([coins(100, right: 95), coins(100, right: 20)])
    #expect(report.rows[0].best == 1 && report.rows[1].best == 0)
    #expect(report.rows[0].score.value == 0.95 && report.rows[0].difference.value == 0)
    #expect(abs(report.rows[1].difference.value + 0.75) < 1e-12)
    #expect(report.rows[1].difference.high < -0.6)
  }

  @Test func equalCandidatesShareTheFirstPlace() {
    let same = coins(40, right: 20)
    let report = report([same, same, same])
    #expect(report.rows.allSatisfy { abs($0.best - 1.0 / 3) < 1e-9 })
    #expect(report.rows.allSatisfy { $0.difference.low == 0 && $0.difference.high == 0 })
  }

  /// Of n questions on which two candidates differ, k for the first: its share of the resamples is
  /// about that of a normal with mean 2k − n and variance of the differences.
  @Test func howSureItIsFollowsFromTheQuestionsThatDiffer() {
    // 60 right under both, 14 only under a, 6 only under b, 20 under none.
    let a = [Double](repeating: 1, count: 74) + [Double](repeating: 0, count: 26)
    let b =
      [Double](repeating: 1, count: 60) + [Double](repeating: 0, count: 14)
      + [Double](repeating: 1, count: 6) + [Double](repeating: 0, count: 20)
    // Mean 8 of 100, variance 20 − 0.64 = 19.4 for the sum: P = Φ(8 / 4.4) = 0.965.
    let report = report([a, b])
    #expect(abs(report.rows[0].best - 0.965) < 0.015)
    #expect(abs(report.rows.reduce(0) { $0 + $1.best } - 1) < 1e-9)
  }

  @Test func whatDroppedOutEarlyIsComparedOnWhatItWasAsked() {
    // The first ten questions are easy: the loser's plain mean would be the highest.
    let winner = coins(10, right: 10) + coins(30, right: 3)
    let loser = coins(10, right: 8)
    let report = report([loser, winner], chosen: 1)
    #expect(report.rows.map(\.name) == ["c1", "c0"])
    #expect(abs(report.rows[1].difference.value + 0.2) < 1e-12)
    #expect(abs(report.rows[1].score.value - (13.0 / 40 - 0.2)) < 1e-12)
    #expect(report.rows[1].count == 10 && report.rows[0].best > 0.85)
  }

  @Test func theTableHasTheBestFirst() {
    let table = report([coins(10, right: 2), coins(10, right: 9)], chosen: 1).table()
    let lines = table.split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasPrefix("c1") && lines[2].contains("20.0"))
  }
}
