import Foundation
import Tensors
import Testing

@testable import Tuning

@Suite struct LogisticRegressionTests {
  private func probability(_ model: LogisticRegression, _ x: [Double]) -> Double {
    1 / (1 + exp(-zip(model.weights, x).reduce(model.bias) { $0 + $1.0 * $1.1 }))
  }

  @Test func coefficientsOfDrawnLabelsAreRecovered() {
    var random = SplitMix64(seed: 1)
    let truth = (bias: -0.5, weights: [1.5, -0.8, 0.0])
    // Features of different places and scales; the weights speak of the features as they are.
    let x = (0..<20_000).map { _ in
      [
        2 + Double(random.normal(deviation: 1)), Double(random.normal(deviation: 2)),
        7 * random.uniform(),
      ]
    }
    let labels = x.map { row in
      let z = zip(truth.weights, row).reduce(truth.bias) { $0 + $1.0 * $1.1 }
      return random.uniform() < 1 / (1 + exp(-z))
    }
    let fit = LogisticRegression.fit(x, correct: labels)
    // Standard errors are 0.07 for the bias and at most 0.03 for the weights.
    #expect(abs(fit.bias - truth.bias) < 0.25)
    for (weight, expected) in zip(fit.weights, truth.weights) {
      #expect(abs(weight - expected) < 0.1)
    }
  }

  @Test func theMeanProbabilityIsTheShareOfRightAnswers() {
    let x = [[0.0, 1], [1, 0], [2, 5], [3, 1], [4, 2], [5, 0]]
    let correct = [false, true, false, true, true, false]
    let fit = LogisticRegression.fit(x, correct: correct)
    let mean = x.reduce(0) { $0 + probability(fit, $1) } / 6
    // Exact but for the slight penalty on the bias.
    #expect(abs(mean - 0.5) < 1e-3)
  }

  @Test func separableAndOneSidedLabelsStayFinite() {
    let x = (0..<10).map { [Double($0), 3] }
    let separable = LogisticRegression.fit(x, correct: (0..<10).map { $0 >= 5 })
    #expect(separable.weights[0] > 0 && separable.weights[0].isFinite)
    #expect(probability(separable, [0, 3]) < 0.2 && probability(separable, [9, 3]) > 0.8)
    for all in [true, false] {
      let fit = LogisticRegression.fit(x, correct: x.map { _ in all })
      let p = probability(fit, [4, 3])
      #expect(p.isFinite && (all ? p > 0.9 : p < 0.1))
    }
  }
}
