import Foundation
import Testing

@testable import Models

struct SamplingTests {
  /// Logits of the probabilities 0.5, 0.25, 0.125, 0.125, in another order.
  static let logits: [Float] = [log(0.125), log(0.5), log(0.125), log(0.25)]

  private func kept(_ change: (inout Sampling) -> Void) -> [Int32] {
    var settings = Sampling()
    change(&settings)
    return TokenSampler.candidates(Self.logits.span, settings).map(\.token)
  }

  @Test func topKKeepsTheMostProbable() {
    #expect(kept { $0.topK = 1 } == [1])
    #expect(kept { $0.topK = 3 } == [1, 3, 0])
    #expect(kept { $0.topK = 9 } == [1, 3, 0, 2])
  }

  @Test func topPKeepsTheFewestThatReachIt() {
    #expect(kept { $0.topP = 0.4 } == [1])
    #expect(kept { $0.topP = 0.6 } == [1, 3])
    #expect(kept { $0.topP = 0.8 } == [1, 3, 0])
    // Of the two that top-k leaves, the first has two thirds.
    #expect(
      kept {
        $0.topK = 2
        $0.topP = 0.6
      } == [1])
  }

  @Test func drawsFollowTheProbabilitiesAtATemperature() {
    var settings = Sampling()
    settings.temperature = 2
    settings.seed = 4
    var sampler = TokenSampler(settings, stream: 0)
    var counts = [0, 0, 0, 0]
    for _ in 0..<4000 { counts[Int(sampler.next(Self.logits.span))] += 1 }
    let weights = [0.125, 0.5, 0.125, 0.25].map { $0.squareRoot() }
    for token in 0..<4 {
      let share = weights[token] / weights.reduce(0, +)
      // Five standard deviations of 4000 draws are 0.04 at most.
      #expect(abs(Double(counts[token]) / 4000 - share) < 0.04)
    }
  }

  @Test func aSeedRepeatsItsAnswersWhateverElseIsInTheBatch() throws {
    let network = try T5.load(folder: Fixtures.path("Generation/tiny-t5"))
    var settings = GenerationSettings()
    var sampling = Sampling()
    sampling.seed = 7
    settings.choice = .sampling(sampling)
    let alone = network.generate([[3, 4, 1]], settings)[0]
    let together = network.generate([[3, 4, 1], [3, 4, 1], [9, 1]], settings)
    #expect(together[0].ids == alone.ids)
    #expect(together[1].ids != alone.ids)
    sampling.seed = 8
    settings.choice = .sampling(sampling)
    #expect(network.generate([[3, 4, 1]], settings)[0].ids != alone.ids)
  }

  @Test func answersEndWhereTheCallerSaysAndOthersGoOn() throws {
    let network = try T5.load(folder: Fixtures.path("Generation/tiny-t5"))
    let free = network.generate([[3, 4, 1], [9, 1]], GenerationSettings())
    let cut = network.generate([[3, 4, 1], [9, 1]], GenerationSettings()) { prompt, ids in
      prompt == 0 && ids.count == 3
    }
    #expect(cut[0].ids == Array(free[0].ids.prefix(3)))
    #expect(cut[0].isFinished && !cut[1].isFinished)
    #expect(cut[1].ids == free[1].ids)
    #expect(cut[1].logProbabilities.allSatisfy { $0 <= 0 })
  }
}
