import Tensors
import Testing

@testable import Retrieval

struct RankingNetworkTests {
  private let network = RankingNetwork(features: 7, hidden: 5)

  private func random(_ count: Int, seed: UInt64) -> [Float] {
    var generator = Tensors.SplitMix64(seed: seed)
    return (0..<count).map { _ in generator.normal(deviation: 0.7) }
  }

  @Test func gradientAgreesWithFiniteDifferences() {
    let x = Tensor(rows: 6, width: 7, values: random(42, seed: 1))
    let parameters = random(network.layout.count, seed: 2)
    let targets = [1, 4]
    var gradient = [Float](repeating: 0, count: parameters.count)
    let value = network.accumulateGradient(x, parameters: parameters, into: &gradient) { scores in
      (
        marginalCrossEntropy(scores, targets: targets),
        marginalCrossEntropyBackward(scores, targets: targets, scale: 1)
      )
    }
    func loss(_ parameters: [Float]) -> Float {
      marginalCrossEntropy(network(x, parameters: parameters), targets: targets)
    }
    #expect(abs(value - loss(parameters)) < 1e-6)
    // Central differences of a Float loss near 1 are good to about 1e-7 / step.
    let step: Float = 1e-2
    for index in parameters.indices {
      var (up, down) = (parameters, parameters)
      up[index] += step
      down[index] -= step
      let expected = (loss(up) - loss(down)) / (2 * step)
      #expect(abs(gradient[index] - expected) < 1e-3, "parameter \(index)")
    }
  }

  @Test func scaleBringsFeaturesToMeanZeroAndDeviationOne() {
    let list = Tensor(rows: 4, width: 2, values: [1, 5, 3, 5, 1, 5, 3, 5])
    let scale = FeatureScale(of: [list])
    #expect(scale == FeatureScale(mean: [2, 5], deviation: [1, 1]))
    #expect(scale(list).values == [-1, 0, 1, 0, -1, 0, 1, 0])
    #expect(scale(Tensor(rows: 1, width: 2, values: [1e6, -1e6])).values == [6, -6])
  }
}
