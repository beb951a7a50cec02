/// Where in the pipeline a question was lost; a question has exactly one outcome.
package enum AnswerOutcome: String, CaseIterable, Codable, Sendable {
  /// The prediction equals a gold answer, or the system abstained where there is none.
  ///
  /// It is right wherever it came from, also where no passage bears the answer.
  case right
  /// Wrong, and no passage of the ranking bears a gold answer.
  case notRetrieved = "not_retrieved"
  /// Wrong; a ranked passage bears a gold answer, but none that was packed for the reader does.
  case notPacked = "not_packed"
  /// Wrong; a packed passage bears a gold answer, but the reader abstained or answered from a passage
  /// that bears none.
  ///
  /// A prediction that names no passage as its evidence counts here when it shares no word with any
  /// gold answer.
  case notRead = "not_read"
  /// Wrong, although the reader answered from a packed passage that bears a gold answer.
  ///
  /// The reader took another span there, or spelled the answer in another way. A prediction that
  /// names no evidence counts here when it shares a word with a gold answer.
  case notMatched = "not_matched"
  /// Answered although the question has no gold answer.
  case unanswerable
  /// Wrong, and the prediction does not tell what its passages bear.
  case unknown
}

extension ScoredAnswer {
  /// Where the question was lost, when predictions are held against golds under `normalization`.
  package func outcome(under normalization: AnswerNormalization) -> AnswerOutcome {
    let score = normalization.score(prediction, golds: golds)
    if score.exactMatch { return .right }
    if golds.isEmpty { return .unanswerable }
    if packedHasAnswer == true {
      let isRead = !prediction.isEmpty && evidenceHasAnswer ?? (score.f1 > 0)
      return isRead ? .notMatched : .notRead
    }
    switch rankingHasAnswer {
    case false: return .notRetrieved
    case true where packedHasAnswer == false: return .notPacked
    default: return .unknown
    }
  }
}

/// The shares of all questions by outcome, which add up to 1.
///
/// It encodes as `{OUTCOME: {"value", "low", "high", "count"}}`.
package struct ErrorSplit: Encodable, Sendable {
  package struct Part: Sendable {
    package let outcome: AnswerOutcome
    /// The number of questions.
    package let count: Int
    /// Their share of all questions, with its interval by bootstrap.
    package let share: MetricEstimate
  }

  /// The outcome of each question, in their order.
  package let outcomes: [AnswerOutcome]
  /// In the order of the cases; `unanswerable` and `unknown` only where there are such questions.
  package let parts: [Part]

  /// - Returns: nil when no answer tells what its passages bear.
  package init?(
    answers: [ScoredAnswer], normalization: AnswerNormalization = .squad,
    bootstrap: Bootstrap = Bootstrap()
  ) {
    if answers.allSatisfy({ $0.packedHasAnswer == nil && $0.rankingHasAnswer == nil }) {
      return nil
    }
    let outcomes = answers.map { $0.outcome(under: normalization) }
    let cases = AnswerOutcome.allCases.filter { outcome in
      ![.unanswerable, .unknown].contains(outcome) || outcomes.contains(outcome)
    }
    let shares = bootstrap.estimates(
      of: cases.map { outcome in
        .mean(outcome.rawValue, outcomes.map { $0 == outcome ? 1 : 0 })
      }, count: outcomes.count)
    self.outcomes = outcomes
    parts = zip(cases, shares).map { outcome, share in
      Part(outcome: outcome, count: outcomes.count { $0 == outcome }, share: share.estimate)
    }
  }

  /// The shares in per cent, one a line, with their intervals.
  package func table() -> String {
    MetricReport(
      title: "what became of the questions",
      metrics: parts.map { ($0.outcome.rawValue, $0.share) }, count: outcomes.count, warnings: []
    ).table()
  }

  private struct Entry: Encodable {
    let value: Double
    let low: Double
    let high: Double
    let count: Int
  }

  package func encode(to encoder: any Encoder) throws {
    let entries = parts.map { part in
      let share = part.share
      return (
        part.outcome.rawValue,
        Entry(value: share.value, low: share.low, high: share.high, count: part.count)
      )
    }
    try Dictionary(uniqueKeysWithValues: entries).encode(to: encoder)
  }
}
