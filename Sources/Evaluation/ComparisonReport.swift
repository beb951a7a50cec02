/// Whether system A differs from system B, metric by metric, on the same questions.
///
/// It encodes as `{"metrics": {NAME: {"value", "low", "high", "a", "b", "p", "p_holm",
/// "p_randomization", "p_bootstrap", "only_a", "only_b", "cohens_d", "odds_ratio"}}, "count"}`, where
/// `value` is A − B; the last two where they are defined (see `EffectSize`).
package struct ComparisonReport: Encodable, Sendable {
  package struct Metric: Encodable, Sendable {
    /// A − B with its interval by paired bootstrap.
    package let value: Double
    package let low: Double
    package let high: Double
    package let a: Double
    package let b: Double
    /// Two-sided: McNemar's exact test where each question is right or wrong, else a paired
    /// randomisation test.
    package let p: Double
    /// `p`, adjusted by Holm for the comparisons made of this metric; `p` itself for one alone.
    package internal(set) var pHolm: Double
    package let pRandomization: Double
    package let pBootstrap: Double
    package let effect: EffectSize

    private enum Key: String, CodingKey {
      case value, low, high, a, b, p
      case pHolm = "p_holm"
      case pRandomization = "p_randomization"
      case pBootstrap = "p_bootstrap"
    }

    /// - Requires: at least one question.
    init?(_ scores: PairedScores, bootstrap: Bootstrap, trials: Int) {
      guard let difference = scores.difference(bootstrap) else { return nil }
      let number = Double(scores.a.count)
      (value, low, high) = (difference.value, difference.low, difference.high)
      a = scores.a.reduce(0, +) / number
      b = scores.b.reduce(0, +) / number
      pRandomization = scores.randomizationTest(trials: trials, seed: bootstrap.seed)
      pBootstrap = scores.bootstrapTest(bootstrap)
      p = scores.mcNemarTest() ?? pRandomization
      pHolm = p
      effect = scores.effectSize
    }

    package func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: Key.self)
      let numbers: [(Key, Double)] = [
        (.value, value), (.low, low), (.high, high), (.a, a), (.b, b), (.p, p), (.pHolm, pHolm),
        (.pRandomization, pRandomization), (.pBootstrap, pBootstrap),
      ]
      for (key, number) in numbers { try fields.encode(number, forKey: key) }
      try effect.encode(to: encoder)
    }
  }

  /// In the order of the table.
  package private(set) var metrics: [(name: String, result: Metric)]
  /// The number of questions.
  package let count: Int

  /// Compares per-question scores: for each metric, those of A and of B.
  ///
  /// - Requires: in each metric the same number of scores of A and B, one per question.
  package init(
    scores: [(name: String, scores: PairedScores)], bootstrap: Bootstrap = Bootstrap(),
    trials: Int = 10_000
  ) {
    count = scores.first?.scores.a.count ?? 0
    metrics = scores.compactMap { name, scores in
      Metric(scores, bootstrap: bootstrap, trials: trials).map { (name, $0) }
    }
  }

  /// The reports of several comparisons, with each metric's p-values adjusted by Holm over them.
  ///
  /// The metrics are not adjusted against one another: they say much the same of one answer.
  ///
  /// - Requires: the same metrics in every report.
  package static func adjusted(_ reports: [ComparisonReport]) -> [ComparisonReport] {
    var reports = reports
    for metric in reports.first?.metrics.indices ?? 0..<0 {
      let adjusted = holmAdjusted(reports.map { $0.metrics[metric].result.p })
      for report in reports.indices {
        reports[report].metrics[metric].result.pHolm = adjusted[report]
      }
    }
    return reports
  }

  /// Exact match and F1 of two systems' answers to the same questions, in one order.
  package init(
    a: [ScoredAnswer], b: [ScoredAnswer], normalization: AnswerNormalization = .squad,
    bootstrap: Bootstrap = Bootstrap()
  ) {
    precondition(a.map(\.id) == b.map(\.id), "expected two systems' answers to the same questions")
    let aScores = a.map { normalization.score($0.prediction, golds: $0.golds) }
    let bScores = b.map { normalization.score($0.prediction, golds: $0.golds) }
    func paired(_ metric: (AnswerScore) -> Double) -> PairedScores {
      PairedScores(a: aScores.map(metric), b: bScores.map(metric))
    }
    let exact = (name: "em", scores: paired { $0.exactMatch ? 1 : 0 })
    let isTextual = normalization != .regex
    self.init(
      scores: isTextual ? [exact, ("f1", paired(\.f1))] : [exact], bootstrap: bootstrap)
  }

  /// Recall@k and MRR of two runs over the same questions, in one order; nDCG@10 as well where all
  /// relevant passages are known.
  package init(
    a: [RankedQuestion], b: [RankedQuestion], at depths: [Int] = [1, 5, 20, 100],
    bootstrap: Bootstrap = Bootstrap()
  ) {
    precondition(a.map(\.id) == b.map(\.id), "expected two runs over the same questions")
    func paired(_ metric: (RankedQuestion) -> Double) -> PairedScores {
      PairedScores(a: a.map(metric), b: b.map(metric))
    }
    var scores = Set(depths).sorted().map { k in
      (name: "recall@\(k)", scores: paired { $0.isFound(at: k) ? 1 : 0 })
    }
    scores.append(("mrr", paired(\.reciprocalRank)))
    if (a + b).allSatisfy({ $0.ideal != nil }) {
      scores.append(("ndcg@10", paired { $0.ndcg(at: 10) ?? 0 }))
    }
    self.init(scores: scores, bootstrap: bootstrap)
  }

  private enum Key: String, CodingKey { case metrics, count }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let named = metrics.map { ($0.name, $0.result) }
    try container.encode(Dictionary(uniqueKeysWithValues: named), forKey: .metrics)
    try container.encode(count, forKey: .count)
  }

  /// The figures in per cent, one metric a line, with the interval of the difference.
  package func table() -> String {
    let rows = metrics.map { name, metric in
      [
        name, percent(metric.a), percent(metric.b), percent(metric.value),
        "[\(percent(metric.low)), \(percent(metric.high))]", decimal(metric.p),
        decimal(metric.pHolm), effect(metric.effect),
      ]
    }
    let head = ["metric", "A %", "B %", "A − B", "interval", "p", "p (Holm)", "effect"]
    return (["\(count) questions, paired"] + aligned([head] + rows)).joined(separator: "\n")
  }

  private func effect(_ effect: EffectSize) -> String {
    if let ratio = effect.oddsRatio { return "odds \(decimal(ratio))" }
    return effect.cohensD.map { "d \(decimal($0))" } ?? ""
  }
}
