extension MetricReport {
  /// The figures of a run.
  ///
  /// | name | figure |
  /// | --- | --- |
  /// | `recall@k` | share of questions with a relevant passage among the first k |
  /// | `mrr` | mean of `RankedQuestion.reciprocalRank` over the whole ranking |
  /// | `ndcg@10`, `map` | where every relevant passage is known |
  /// | `ndcg@k`, `p@k`, `trec_recall@k`, `r_precision` | where several may be relevant (qrels) |
  ///
  /// `mrr`, `map`, `ndcg@k`, `p@k`, `trec_recall@k` and `r_precision` are trec_eval's `recip_rank`,
  /// `map`, `ndcg_cut_k`, `P_k`, `recall_k` and `Rprec`, averaged over all questions (its `-c`).
  ///
  /// Questions that a run leaves out must be passed with an empty ranking: they count as 0.
  ///
  /// - Requires: positive depths.
  package init(
    rankings: [RankedQuestion], at depths: [Int] = [1, 5, 20, 100],
    bootstrap: Bootstrap = Bootstrap()
  ) {
    precondition(depths.allSatisfy { $0 > 0 }, "expected positive depths, found \(depths)")
    let depths = Set(depths).sorted()
    let recall = depths.map { k in
      Statistic.mean("recall@\(k)", rankings.map { $0.isFound(at: k) ? 1 : 0 })
    }
    let ranks: [Statistic] = [
      .mean("mrr", rankings.map(\.reciprocalRank)),
      .mean("ndcg@10", rankings.map { $0.ndcg(at: 10) }),
      .mean("map", rankings.map(\.averagePrecision)),
    ]
    let isFull = rankings.contains(where: \.isJudgedInFull)
    self.init(
      title: "\(rankings.count) rankings",
      metrics: bootstrap.estimates(
        of: recall + ranks + (isFull ? Self.relevance(of: rankings, at: depths) : []),
        count: rankings.count),
      count: rankings.count, warnings: [])
  }

  private static func relevance(
    of rankings: [RankedQuestion], at depths: [Int]
  ) -> [Statistic] {
    let gain = depths.filter { $0 != 10 }.map { k in
      Statistic.mean("ndcg@\(k)", rankings.map { $0.ndcg(at: k) })
    }
    let counts = depths.flatMap { k -> [Statistic] in
      [
        .mean("p@\(k)", rankings.map { $0.precision(at: k) }),
        .mean("trec_recall@\(k)", rankings.map { $0.relevantRecall(at: k) }),
      ]
    }
    return gain + counts + [.mean("r_precision", rankings.map(\.rPrecision))]
  }
}
