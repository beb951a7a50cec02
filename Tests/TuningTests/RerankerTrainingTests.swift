import Retrieval
import Tensors
import Testing

@testable import Tuning

struct RerankerTrainingTests {
  /// Lists of four in which the right passage has the largest third feature; the rest is noise.
  private func examples(_ count: Int, seed: UInt64) -> [RerankingExample] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      var x = Tensor(
        rows: 4, width: 5, values: (0..<20).map { _ in random.normal(deviation: 1) })
      let gold = Int.random(in: 0..<4, using: &random)
      x[gold, 2] = 3
      return RerankingExample(features: x, gold: [gold])
    }
  }

  private func training(seed: UInt64 = 1) -> RerankerTraining {
    var settings = RerankerTraining.Settings()
    settings.seed = seed
    settings.rate = 1e-2
    return RerankerTraining(
      network: RankingNetwork(features: 5, hidden: 8), settings: settings,
      examples: examples(300, seed: 1), dev: examples(100, seed: 2))
  }

  @Test func findsTheFeatureThatTells() throws {
    var losses: [Float] = []
    let result = try training().run { losses.append($0.loss) }
    #expect(losses.last! < losses[0])
    #expect(result.best.dev.recall(at: 1) > 0.9)
  }

  @Test func oneSeedGivesOneResult() throws {
    let first = try training().run().parameters
    #expect(try training().run().parameters == first)
    #expect(try training(seed: 2).run().parameters != first)
  }

  @Test func scoresCountTheFirstRightPassage() {
    let x = Tensor(rows: 3, width: 1)
    let examples = [
      RerankingExample(features: x, gold: [1, 2]), RerankingExample(features: x, gold: [0]),
      RerankingExample(features: x, gold: []), RerankingExample(features: x, gold: [2]),
    ]
    // Ranks 2, 1 (a tie, which the earlier wins), none, 3.
    let score = RerankingScore(
      examples, scores: [[3, 1, 2], [1, 1, 0], [1, 2, 3], [3, 2, 1]])
    #expect(score.recall(at: 1) == 0.25)
    #expect(score.recall(at: 2) == 0.5)
    #expect(score.recall(at: 3) == 0.75)
    #expect(abs(score.reciprocalRank - (0.5 + 1 + 1 / 3.0) / 4) < 1e-12)
  }

  @Test func unjudgedPassagesAreNotLearnedFrom() {
    let x = Tensor(rows: 3, width: 1, values: [1, 2, 3])
    let scale = FeatureScale(mean: [0], deviation: [1])
    let lesson = RerankingExample(features: x, gold: [2], unjudged: [0]).lesson(scale: scale)
    #expect(lesson?.x.values == [3, 2])
    #expect(lesson?.targets == [0])
    #expect(RerankingExample(features: x, gold: [2], unjudged: [0, 1]).lesson(scale: scale) == nil)
  }
}
