import Testing

@testable import Benchmarks

struct LearningTableTests {
  private func result(
    _ kind: LearningKind, seed: UInt64, _ score: Double, _ curve: [Double]
  ) -> LearningResult {
    LearningResult(
      model: .t5, kind: kind, seed: seed, rate: 0.1, parameters: 7,
      scores: ["a": score, "b": score / 2],
      curve: curve.enumerated().map { .init(examples: 100 * ($0 + 1), score: $1) })
  }

  /// t(0.975, 2) = 4.303; deviation of 1, 2, 3 is 1.
  @Test func marginIsStudents() {
    #expect(abs(LearningTable.margin([1, 2, 3]) - 4.303 / 3.0.squareRoot()) < 1e-9)
    #expect(LearningTable.margin([1]).isNaN)
  }

  /// Nine tenths of 0.8, the mean of full fine-tuning's best, is 0.72.
  @Test func examplesAreThoseOfTheFirstMeasurementThatReachesTheGoalInTheMedian() throws {
    let table = LearningTable(
      [
        result(.full, seed: 1, 0.9, [0.7, 0.9]), result(.full, seed: 2, 0.9, [0.7, 0.7]),
        result(.full, seed: 3, 0.9, [0.8, 0.6]),
        result(.prefix, seed: 1, 0.4, [0.1, 0.73, 0.2]),
        result(.prefix, seed: 2, 0.6, [0.1, 0.2, 0.3]),
        result(.prefix, seed: 3, 0.8, [0.1, 0.2, 0.9]),
        result(.lowRank, seed: 1, 0.4, [0.1]), result(.lowRank, seed: 2, 0.4, [0.2]),
        result(.lowRank, seed: 3, 0.4, [0.8]),
      ], tasks: ["a", "b"])
    func row(_ kind: LearningKind) throws -> LearningRow {
      try #require(table.rows.first { $0.kind == kind })
    }
    #expect(try row(.prefix).examples == 300)
    #expect(try row(.lowRank).examples == nil)
    #expect(abs(try row(.prefix).mean - 0.45) < 1e-9)
    #expect(try row(.prefix).scores["b"].map { abs($0 - 0.3) < 1e-9 } == true)
    #expect(try row(.full).examples == 200)
    #expect(table.markdown.contains("| prefix, 20 vectors | 7 | 45.0 ± 37.3 | 60.0 | 30.0 | 300 |"))
    #expect(table.markdown.contains("| 30.0 ± 0.0 | 40.0 | 20.0 | not reached |"))
  }
}
