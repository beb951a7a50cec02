import Foundation
import Testing

@testable import Tensors

struct RotaryEmbeddingTests {
  /// ω₁ = 100^(−2/4) = 0.1: at place 5 the pairs turn by 5 and by 0.5.
  @Test func pairsHalfAHeadApartTurnByTheirPlace() {
    let rotary = RotaryEmbedding(headWidth: 4, base: 100)
    var x = Tensor(rows: 1, width: 6, values: [1, 0, 0, 2, 9, 9])
    rotary.rotation(starts: [0, 1], offsets: [5])(&x, heads: 1)
    let expected: [Float] = [cos(5), -2 * sin(0.5), sin(5), 2 * cos(0.5), 9, 9]
    for (found, expected) in zip(x.values, expected) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func placesOfARaggedBatchAreThoseOfEachSequence() {
    let rotary = RotaryEmbedding(headWidth: 2, base: 10)
    var batch = Tensor(rows: 3, width: 2, values: [1, 0, 1, 0, 1, 0])
    rotary.rotation(starts: [0, 2, 3], offsets: [0, 7])(&batch, heads: 1)
    let expected: [Float] = [1, 0, cos(1), sin(1), cos(7), sin(7)]
    for (found, expected) in zip(batch.values, expected) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func linearScalingDividesEveryFrequency() {
    let scaled = RotaryEmbedding(headWidth: 4, base: 100, scaling: .linear(factor: 4))
    #expect(scaled.frequencies(length: 9) == [0.25, 0.025])
  }

  /// At twice the trained length and factor 2 the base is 100 × (4 − 1)^(4 / 2) = 900.
  @Test func dynamicScalingChangesOnlyTextsLongerThanTheTrainedOnes() {
    let rotary = RotaryEmbedding(headWidth: 4, base: 100, scaling: .dynamic(factor: 2, length: 8))
    #expect(rotary.frequencies(length: 8) == [1, 0.1])
    #expect(abs(rotary.frequencies(length: 16)[1] - 1 / 30) < 1e-7)
  }
}
