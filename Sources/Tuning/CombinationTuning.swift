import Reading

/// Fits how span and passage scores combine, and how sure that makes one.
package struct CombinationTuning: Sendable {
  /// The passage weights that are tried.
  package static let passageWeights = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8]

  package let combination: AnswerCombination
  /// Share of the questions answered rightly with it.
  package let accuracy: Double

  /// The passage weight that answers most questions rightly, then a logistic regression of being
  /// right on the confidence features. Questions without an answer count as wrong whatever is said.
  ///
  /// Where nothing was found to answer any question with, there is nothing to fit.
  ///
  /// - Parameter isCorrect: whether a text answers the question at an index.
  /// - Requires: at least one reading.
  package init(
    _ readings: [SpanAnswerer.Reading], answerer: SpanAnswerer, isCorrect: (Int, String) -> Bool
  ) {
    precondition(!readings.isEmpty, "expected at least one reading")
    let given = answerer.combination
    var answerer = answerer
    answerer.abstainBelow = 0
    var best: (weight: Double, answered: [Answered], correct: [Bool])?
    for weight in Self.passageWeights {
      answerer.combination.passageWeight = weight
      let answered = readings.map(answerer.decide)
      let correct = answered.indices.map { isCorrect($0, answered[$0].prediction.prediction) }
      if correct.count(where: \.self) > best?.correct.count(where: \.self) ?? -1 {
        best = (weight, answered, correct)
      }
    }
    let chosen = best!
    let known = chosen.answered.indices.filter { chosen.answered[$0].features != nil }
    accuracy = Double(chosen.correct.count(where: \.self)) / Double(readings.count)
    guard !known.isEmpty else {
      combination = given
      return
    }
    let fit = LogisticRegression.fit(
      known.map { chosen.answered[$0].features!.values }, correct: known.map { chosen.correct[$0] })
    combination = AnswerCombination(
      passageWeight: chosen.weight, bias: fit.bias, weights: fit.weights)
  }
}
