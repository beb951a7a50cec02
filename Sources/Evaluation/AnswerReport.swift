extension MetricReport {
  /// The figures of a system's answers.
  ///
  /// | name | figure |
  /// | --- | --- |
  /// | `em`, `f1` | `AnswerNormalization.score(_:golds:)`, over all questions |
  /// | `reader_recall` | share of the questions with golds of which a packed passage bears one |
  /// | `answered` | share of questions with a prediction that is not empty |
  /// | `em_answerable`, `f1_answerable`, `em_unanswerable` | over questions with, without golds |
  /// | `ece`, `ece_equal_mass` | `Calibration`: ten bins of equal width, of equal weight |
  /// | `aurc`, `em_coverage_50`, `em_coverage_80` | `Calibration`: is confidence a good order? |
  ///
  /// Figures that are not defined on the answers are left out: the split unless both kinds of
  /// question are there, the last five unless predictions carry confidences. Calibration is of
  /// exact match.
  package init(
    answers: [ScoredAnswer], normalization: AnswerNormalization = .squad,
    bootstrap: Bootstrap = Bootstrap()
  ) {
    let scores = answers.map { normalization.score($0.prediction, golds: $0.golds) }
    let calibration = Calibration.statistic(
      confidences: answers.map(\.confidence), correct: scores.map { $0.exactMatch ? 1 : 0 })
    self.init(
      title: "\(answers.count) answers, normalisation \(normalization.rawValue)",
      metrics: bootstrap.estimates(
        of: Self.agreement(of: answers, scores) + [calibration], count: answers.count),
      count: answers.count,
      warnings: Self.warnings(about: answers, normalization))
  }

  private static func agreement(
    of answers: [ScoredAnswer], _ scores: [AnswerScore]
  ) -> [Statistic] {
    let exact: [Double?] = scores.map { $0.exactMatch ? 1 : 0 }
    let f1: [Double?] = scores.map(\.f1)
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
