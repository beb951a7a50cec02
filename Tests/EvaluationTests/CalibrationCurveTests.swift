import Testing

@testable import Evaluation

struct CalibrationCurveTests {
  let confidences = CalibrationTests.confidences.map(Optional.some)
  let correct = CalibrationTests.correct.map { $0 == 1 }

  /// Of (0.8, 0.9] there are two answers, 0.9 and 0.9, of which one is right.
  @Test func binsAgreeWithNumbersWorkedByHand() throws {
    let curve = try #require(CalibrationCurve(confidences: confidences, correct: correct))
    #expect(curve.bins.map(\.count) == [3, 2, 2, 2, 1])
    let bin = curve.bins[3]
    #expect((bin.low, bin.high, bin.confidence, bin.accuracy) == (0.8, 0.9, 0.9, 0.5))
    #expect(abs(curve.error - 0.171) < 1e-12)
  }

  @Test func errorIsTheMeanGapOfTheBins() throws {
    let curve = try #require(CalibrationCurve(confidences: confidences, correct: correct, bins: 4))
    let gaps = curve.bins.map { Double($0.count) * abs($0.confidence - $0.accuracy) }
    #expect(abs(gaps.reduce(0, +) / 10 - curve.error) < 1e-12)
  }

  @Test func withoutConfidencesThereIsNoCurve() {
    #expect(CalibrationCurve(confidences: [nil], correct: [true]) == nil)
    #expect(RiskCoverage(confidences: [nil], correct: [true]) == nil)
  }

  /// Thresholds 0.95, 0.9, 0.7 ... of 10 answers; wrong among them 0 of 1, 1 of 3, 1 of 4 ...
  @Test func riskCoverageAgreesWithNumbersWorkedByHand() throws {
    let curve = try #require(RiskCoverage(confidences: confidences, correct: correct))
    #expect(curve.points.map(\.threshold) == [0.95, 0.9, 0.7, 0.61, 0.3, 0.1, 0.05, 0])
    #expect(curve.points.map(\.coverage) == [0.1, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9, 1])
    let risks = [0, 1.0 / 3, 1.0 / 4, 2.0 / 5, 3.0 / 7, 4.0 / 8, 5.0 / 9, 6.0 / 10]
    for (point, risk) in zip(curve.points, risks) { #expect(abs(point.risk - risk) < 1e-12) }
  }

  @Test func aLimitKeepsBothEndsAndTheArea() throws {
    let whole = try #require(RiskCoverage(confidences: confidences, correct: correct))
    let thin = try #require(RiskCoverage(confidences: confidences, correct: correct, limit: 3))
    #expect(thin.points == [whole.points[0], whole.points[3], whole.points[7]])
    #expect(thin.area == whole.area)
  }
}
