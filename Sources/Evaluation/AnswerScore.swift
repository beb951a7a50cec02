/// How well one prediction agrees with the gold answers of its question.
package struct AnswerScore: Equatable, Sendable {
  /// Whether the prediction equals a gold answer, both normalised.
  package let exactMatch: Bool
  /// The best F1 over the gold answers, 0...1.
  package let f1: Double
}

extension AnswerNormalization {
  /// Exact match and F1 of `prediction`, each the best over `golds`.
  ///
  /// A question without gold answers has none: a prediction is right when it normalises to nothing.
  /// Under `squad` a gold that normalises to nothing does not count, and a question left without
  /// golds is one without an answer; the scorer of NQ-open has no such step.
  ///
  /// - Source: Rajpurkar et al. 2018, arXiv:1806.03822, evaluation script 2.0.
  package func score(_ prediction: String, golds: [String]) -> AnswerScore {
    if self == .regex {
      let isRight =
        golds.isEmpty ? prediction.isEmpty : AnswerPatterns(golds).match(startOf: prediction)
      return AnswerScore(exactMatch: isRight, f1: isRight ? 1 : 0)
    }
    let predicted = scalars(of: prediction)
    let words = Self.words(in: predicted)
    var exactMatch = false
    var best = 0.0
    for gold in scalars(ofGolds: golds) {
      exactMatch = exactMatch || gold == predicted
      best = max(best, Self.f1(words, Self.words(in: gold)))
    }
    return AnswerScore(exactMatch: exactMatch, f1: best)
  }

  /// Whether `prediction` equals one of `golds`; see `score(_:golds:)`.
  package func exactMatch(_ prediction: String, golds: [String]) -> Bool {
    score(prediction, golds: golds).exactMatch
  }

  /// The best token F1 of `prediction` over `golds`; see `score(_:golds:)`.
  package func tokenF1(_ prediction: String, golds: [String]) -> Double {
    score(prediction, golds: golds).f1
  }

  /// Whether nothing is left of `answer` under this rule, as of the band's name "The The".
  package func erases(_ answer: String) -> Bool {
    scalars(of: answer).isEmpty
  }

  private func scalars(ofGolds golds: [String]) -> [[Unicode.Scalar]] {
    var normalized = golds.map(scalars(of:))
    if self == .squad { normalized.removeAll(where: \.isEmpty) }
    return normalized.isEmpty ? [[]] : normalized
  }

  /// The harmonic mean of precision and recall over bags of words.
  ///
  ///     F1 = 2·P·R / (P + R),  P = shared / predicted,  R = shared / gold
  ///
  /// Where either side has no word, 1 if neither has one and 0 otherwise.
  private static func f1(
    _ predicted: [ArraySlice<Unicode.Scalar>], _ gold: [ArraySlice<Unicode.Scalar>]
  ) -> Double {
    if predicted.isEmpty || gold.isEmpty { return predicted.isEmpty && gold.isEmpty ? 1 : 0 }
    var unmatched: [ArraySlice<Unicode.Scalar>: Int] = [:]
    for word in gold { unmatched[word, default: 0] += 1 }
    var shared = 0
    for word in predicted {
      guard let left = unmatched[word], left > 0 else { continue }
      unmatched[word] = left - 1
      shared += 1
    }
    if shared == 0 { return 0 }
    let precision = Double(shared) / Double(predicted.count)
    let recall = Double(shared) / Double(gold.count)
    return 2 * precision * recall / (precision + recall)
  }
}
