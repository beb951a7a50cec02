import Testing

@testable import Evaluation

struct CalibrationTests {
  static let confidences = [0.95, 0.9, 0.9, 0.7, 0.61, 0.3, 0.3, 0.1, 0.05, 0]
  static let correct: [Double] = [1, 0, 1, 1, 0, 1, 0, 0, 0, 0]
  let ones = [Double](repeating: 1, count: 10)
  let statistic = Calibration.statistic(confidences: confidences, correct: correct)
  let calibration = Calibration(
    zip(confidences, correct).enumerated().map { ($0, $1.0, $1.1) },
    weights: Array(repeating: 1, count: 10))

  /// Bins (low, high]: (0.9, 1]: |0.95 − 1|; (0.8, 0.9]: |1.8 − 1|; (0.6, 0.7]: |1.31 − 1|;
  /// (0.2, 0.3]: |0.6 − 1|; (0, 0.1] with 0 itself: |0.15 − 0|. Sum 1.71 over 10.
  @Test func equalWidthErrorAgreesWithNumbersWorkedByHand() throws {
    let error = try #require(calibration.errorOfEqualWidthBins())
    #expect(abs(error - 0.171) < 1e-12)
  }

  /// Pairs by falling confidence, ties at their mean 1/2: |1.85 − 1.5| + |1.6 − 1.5| +
  /// |0.91 − 0.5| (0.61 wrong, 0.3 half) + |0.4 − 0.5| + |0.05 − 0| = 1.01 over 10.
  @Test func equalMassErrorAgreesWithNumbersWorkedByHand() throws {
    let error = try #require(calibration.errorOfEqualMassBins(5))
    #expect(abs(error - 0.101) < 1e-12)
  }

  /// Mean over n of the share of wrong ones among the first n, ties at their mean.
  @Test func areaAgreesWithASlowSum() throws {
    let shared: [Double] = [1, 0.5, 0.5, 1, 0, 0.5, 0.5, 0, 0, 0]
    let risks = (1...10).map { n in 1 - shared.prefix(n).reduce(0, +) / Double(n) }
    let expected = risks.reduce(0, +) / 10
    let area = try #require(calibration.areaUnderRiskCoverage())
    #expect(abs(area - expected) < 1e-12)
  }

  @Test(arguments: [(0.1, 1.0), (0.2, 0.75), (0.3, 2.0 / 3), (0.5, 0.6), (1, 0.4)])
  func accuracyIsThatOfTheMostConfident(coverage: Double, expected: Double) throws {
    let accuracy = try #require(calibration.accuracy(atCoverage: coverage))
    #expect(abs(accuracy - expected) < 1e-12)
  }

  @Test func theOrderOfAnswersDoesNotMatter() {
    let reversed = Calibration.statistic(
      confidences: Self.confidences.reversed(), correct: Self.correct.reversed())
    #expect(reversed.values(ones) == statistic.values(ones))
  }

  @Test func aWeightIsAsManyCopies() {
    let weights: [Double] = [2, 0, 1, 3, 1, 1, 0, 2, 4, 1]
    let copies = weights.indices.flatMap { Array(repeating: $0, count: Int(weights[$0])) }
    let copied = Calibration.statistic(
      confidences: copies.map { Self.confidences[$0] }, correct: copies.map { Self.correct[$0] })
    let expected = copied.values(Array(repeating: 1, count: copies.count))
    for (found, value) in zip(statistic.values(weights), expected) {
      #expect(abs((found ?? .nan) - (value ?? .nan)) < 1e-12)
    }
  }

  @Test func answersWithoutConfidenceAreLeftOut() {
    let partial = Calibration.statistic(
      confidences: Self.confidences + [nil], correct: Self.correct + [1])
    #expect(partial.values(ones + [1]) == statistic.values(ones))
    let none = Calibration.statistic(confidences: [nil], correct: [1])
    #expect(none.values([1]) == [nil, nil, nil, nil, nil])
  }
}
