/// The best figure that abstaining below some confidence can reach, chosen on the answers themselves.
///
/// Beginning with no answer given, which is right for the questions without golds, answers are given
/// one by one, the most confident first: each adds its score, and takes 1 away where it answers a
/// question that has no answer. As in the official script, answers of equal confidence go one by one
/// in the order given, so that a best figure may lie inside such a group.
///
/// - Source: Rajpurkar et al. 2018, arXiv:1806.03822, evaluation script 2.0 (`find_best_thresh`),
///   with 1 − confidence as the probability of no answer.
package struct AbstentionThreshold: Equatable, Sendable {
  /// The mean score at the best threshold, 0...1.
  package let value: Double
  /// The confidence below which abstaining is best; 1 where no answer is worth giving.
  package let confidence: Double

  private struct Step {
    let record: Int
    let confidence: Double
    let gain: Double
  }

  /// - Parameter scores: of each prediction, 0...1, as if it were given.
  /// - Returns: nil without answers, and where one has no confidence.
  package init?(answers: [ScoredAnswer], scores: [Double]) {
    precondition(
      answers.count == scores.count, "expected \(answers.count) scores, found \(scores.count)")
    guard !answers.isEmpty, let steps = Self.steps(answers, scores) else { return nil }
    let weights = [Double](repeating: 1, count: answers.count)
    self = Self.best(steps, start: Self.unanswerable(answers), weights: weights)
  }

  private init(value: Double, confidence: Double) {
    self.value = value
    self.confidence = confidence
  }

  /// The figure as one of a report; not defined where an answer has no confidence.
  static func statistic(
    _ name: String, answers: [ScoredAnswer], scores: [Double]
  ) -> Statistic {
    guard let steps = steps(answers, scores) else {
      return Statistic(names: [name]) { _ in [nil] }
    }
    let start = unanswerable(answers)
    return Statistic(names: [name]) { [best(steps, start: start, weights: $0).value] }
  }

  private static func unanswerable(_ answers: [ScoredAnswer]) -> [Double] {
    answers.map { $0.golds.isEmpty ? 1 : 0 }
  }

  private static func steps(_ answers: [ScoredAnswer], _ scores: [Double]) -> [Step]? {
    var steps: [Step] = []
    for (record, answer) in answers.enumerated() {
      guard let confidence = answer.confidence else { return nil }
      let gain =
        answer.golds.isEmpty ? (answer.prediction.isEmpty ? 0 : -1) : scores[record]
      steps.append(Step(record: record, confidence: confidence, gain: gain))
    }
    return steps.sorted { ($1.confidence, $0.record) < ($0.confidence, $1.record) }
  }

  private static func best(
    _ steps: [Step], start: [Double], weights: [Double]
  ) -> AbstentionThreshold {
    var score = zip(start, weights).reduce(0) { $0 + $1.0 * $1.1 }
    var best = (score: score, confidence: 1.0)
    for step in steps {
      score += weights[step.record] * step.gain
      if score > best.score { best = (score, step.confidence) }
    }
    return AbstentionThreshold(
      value: best.score / weights.reduce(0, +), confidence: best.confidence)
  }
}
