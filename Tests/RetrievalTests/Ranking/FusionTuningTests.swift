import Retrieval
import Testing

struct FusionTuningTests {
  private func hits(_ rows: [Int], from best: Float = 1) -> [Hit] {
    rows.enumerated().map { Hit(row: $1, score: best - Float($0) * 0.1) }
  }

  /// Rows 0 and 1 are right for the first two questions: only BM25 ranks one first, only the
  /// vectors the other. A third question has no right passage.
  private var examples: [FusionTuning.Example] {
    [
      FusionTuning.Example(sparse: hits([0, 5, 6]), dense: hits([7, 8]), relevant: [0]),
      FusionTuning.Example(sparse: hits([5, 6, 7]), dense: hits([1, 8]), relevant: [1]),
      FusionTuning.Example(sparse: hits([5]), dense: hits([6]), relevant: []),
    ]
  }

  /// Without BM25 row 7 leads the first question and rows 0, 5, 6, 8 tie behind it at the smallest
  /// score, so row 0 is second: (1/2 + 1) / 3; found among the first one: 1 of 3.
  @Test func weightZeroLeavesTheVectorsAlone() {
    let score = FusionTuning(examples, recallAt: 1).score(.minFill, weight: 0)
    #expect(abs(score.recall - 1.0 / 3) < 1e-12)
    #expect(abs(score.reciprocalRank - 0.5) < 1e-12)
  }

  @Test func bestHasTheHighestRecallThenReciprocalRankAndIsTheFirst() {
    func score(_ weight: Float, _ recall: Double, _ rank: Double) -> FusionTuning.Score {
      FusionTuning.Score(
        fusion: .minFill, weight: weight, recall: recall, reciprocalRank: rank)
    }
    let scores = [
      score(0, 0.4, 0.9), score(1, 0.5, 0.2), score(2, 0.5, 0.3), score(3, 0.5, 0.3),
    ]
    #expect(FusionTuning.best(scores).weight == 2)
  }

  @Test func everyMethodIsMeasuredWithRisingWeights() {
    let scores = FusionTuning(examples).scores()
    #expect(Set(scores.map(\.fusion)) == Set(FusionName.allCases))
    for fusion in FusionName.allCases {
      let weights = scores.filter { $0.fusion == fusion }.map(\.weight)
      #expect(weights == weights.sorted() && Set(weights).count == weights.count)
    }
    #expect(scores.allSatisfy { abs($0.recall - 2.0 / 3) < 1e-12 })
  }
}
