import Foundation

/// How what the reader and the ranking say becomes one score and one confidence; part of the
/// reader's module, since it was measured with it.
///
///     score = span + passageWeight · (passage − top passage)
///     confidence = σ(bias + weights · features)
///
/// All scores are log odds or what the ranker calls its score; taking the distance to the top
/// passage keeps the scale of the span, whatever the ranker's zero is.
package struct AnswerCombination: Sendable, Equatable {
  package var passageWeight: Double
  package var bias: Double
  /// One per feature of `ConfidenceFeatures`.
  package var weights: [Double]

  /// Before anything was fitted, the best span's log odds are believed as they are.
  package init(passageWeight: Double = 1, bias: Double = 0, weights: [Double] = [0, 0, 1, 0]) {
    precondition(
      weights.count == ConfidenceFeatures.count,
      "expected \(ConfidenceFeatures.count) weights, found \(weights.count)")
    self.passageWeight = passageWeight
    self.bias = bias
    self.weights = weights
  }

  private static let weightKey = "answer.passage_weight"
  private static let confidenceKey = "answer.confidence"

  /// From a module's settings; what they lack or misspell keeps its default.
  package init(settings: [String: String]) {
    self.init()
    if let weight = settings[Self.weightKey].flatMap(Double.init), weight.isFinite {
      passageWeight = weight
    }
    let numbers = (settings[Self.confidenceKey] ?? "").split(separator: " ").compactMap {
      Double($0)
    }
    if numbers.count == 1 + weights.count, numbers.allSatisfy(\.isFinite) {
      bias = numbers[0]
      weights = Array(numbers.dropFirst())
    }
  }

  /// The same as a module's settings.
  package var settings: [String: String] {
    [
      Self.weightKey: "\(passageWeight)",
      Self.confidenceKey: ([bias] + weights).map { "\($0)" }.joined(separator: " "),
    ]
  }

  /// The probability that the best answer is right, as far as the features tell.
  package func confidence(_ features: ConfidenceFeatures) -> Double {
    let x = zip(weights, features.values).reduce(bias) { $0 + $1.0 * $1.1 }
    return 1 / (1 + exp(-x))
  }
}

/// What the confidence in an answer hangs on.
package struct ConfidenceFeatures: Sendable, Equatable {
  package static let count = 4
  /// A margin says no more beyond this.
  package static let largestMargin = 10.0

  /// The best answer's score; its margin over the next one; its span's log odds; the top passage's
  /// score.
  package let values: [Double]

  /// - Requires: answers, best first, at least one.
  package init(_ answers: [AnswerCandidate], topPassage: Double) {
    precondition(!answers.isEmpty, "expected an answer")
    let margin = answers.count > 1 ? answers[0].score - answers[1].score : Self.largestMargin
    values = [answers[0].score, min(margin, Self.largestMargin), answers[0].span, topPassage]
  }
}
