import Foundation

extension MetricReport {
  /// The figures of a system's answers.
  ///
  /// | name | figure |
  /// | --- | --- |
  /// | `em`, `f1` | `AnswerNormalization.score(_:golds:)`, over all questions |
  /// | `reader_recall` | share of the questions with golds of which a packed passage bears one |
  /// | `answered` | share of questions with a prediction that is not empty |
  /// | `em_answerable`, `f1_answerable`, `em_unanswerable` | over questions with, without golds |
  /// | `em_best`, `f1_best` | `AbstentionThreshold` |
  /// | `em_extended` | exact match with the extended golds, over questions that have some |
  /// | `ece`, `ece_equal_mass` | `Calibration`: ten bins of equal width, of equal weight |
  /// | `aurc`, `em_coverage_50`, `em_coverage_80` | `Calibration`: is confidence a good order? |
  /// | `em_RULE`, `f1_RULE` | the same under the rules beside, as `em_nq_open` |
  ///
  /// Figures that are not defined on the answers are left out: the split and the best thresholds
  /// unless both kinds of question are there, those of confidence unless predictions carry it, F1
  /// under `regex`. Calibration is of exact match.
  package init(
    answers: [ScoredAnswer], normalization: AnswerNormalization = .squad,
    beside: [AnswerNormalization] = [], bootstrap: Bootstrap = Bootstrap()
  ) {
    let scores = answers.map { normalization.score($0.prediction, golds: $0.golds) }
    let calibration = Calibration.statistic(
      confidences: answers.map(\.confidence), correct: scores.map { $0.exactMatch ? 1 : 0 })
    let extended = answers.map { answer -> Double? in
      if answer.extendedGolds.isEmpty { return nil }
      return normalization.exactMatch(answer.prediction, golds: answer.extendedGolds) ? 1 : 0
    }
    let statistics =
      Self.agreement(of: answers, scores) + [.mean("em_extended", extended), calibration]
      + beside.flatMap { Self.agreement(of: answers, under: $0) }
    let rules = ([normalization] + beside).map(\.rawValue).joined(separator: ", ")
    let metrics = bootstrap.estimates(of: statistics, count: answers.count)
    self.init(
      title: "\(answers.count) answers, normalisation \(rules)",
      metrics: metrics.filter { normalization != .regex || !$0.name.hasPrefix("f1") },
      count: answers.count,
      warnings: Self.warnings(about: answers, normalization))
  }

  private static func agreement(
    of answers: [ScoredAnswer], under normalization: AnswerNormalization
  ) -> [Statistic] {
    let suffix = normalization.rawValue.replacingOccurrences(of: "-", with: "_")
    let scores = answers.map { normalization.score($0.prediction, golds: $0.golds) }
    return [
      .mean("em_\(suffix)", scores.map { $0.exactMatch ? 1 : 0 }),
      .mean("f1_\(suffix)", scores.map(\.f1)),
    ]
  }

  private static func agreement(
    of answers: [ScoredAnswer], _ scores: [AnswerScore]
  ) -> [Statistic] {
    let exact = scores.map { $0.exactMatch ? 1.0 : 0 }
    let f1 = scores.map(\.f1)
    let answerable = answers.map { !$0.golds.isEmpty }
    let recall = answers.map { answer in
      answer.golds.isEmpty ? nil : answer.packedHasAnswer.map { $0 ? 1.0 : 0 }
    }
    let overall: [Statistic] = [
      .mean("em", exact), .mean("f1", f1), .mean("reader_recall", recall),
      .mean("answered", answers.map { $0.prediction.isEmpty ? 0 : 1 }),
    ]
    if Set(answerable).count < 2 { return overall }
    return overall + [
      .mean("em_answerable", zip(exact, answerable).map { $1 ? $0 : nil }),
      .mean("f1_answerable", zip(f1, answerable).map { $1 ? $0 : nil }),
      .mean("em_unanswerable", zip(exact, answerable).map { $1 ? nil : $0 }),
      AbstentionThreshold.statistic("em_best", answers: answers, scores: exact),
      AbstentionThreshold.statistic("f1_best", answers: answers, scores: f1),
    ]
  }

  private static func warnings(
    about answers: [ScoredAnswer], _ normalization: AnswerNormalization
  ) -> [String] {
    let erased = answers.count { $0.golds.contains(where: normalization.erases) }
    if erased == 0 { return [] }
    return ["\(erased) questions have a gold answer of which normalisation leaves nothing"]
  }
}
