extension MetricReport {
  /// The figures of a run.
  ///
  /// | name | figure |
  /// | --- | --- |
  /// | `recall@k` | share of questions with a relevant passage among the first k |
  /// | `mrr` | mean of `RankedQuestion.reciprocalRank` over the whole ranking |
  /// | `ndcg@10`, `map` | where every relevant passage is known |
  ///
  /// Questions that a run leaves out must be passed with an empty ranking: they count as 0.
  ///
  /// - Requires: positive depths.
  package init(
    rankings: [RankedQuestion], at depths: [Int] = [1, 5, 20, 100],
    bootstrap: Bootstrap = Bootstrap()
  ) {
    precondition(depths.allSatisfy { $0 > 0 }, "expected positive depths, found \(depths)")
    let recall = Set(depths).sorted().map { k in
      Statistic.mean("recall@\(k)", rankings.map { $0.isFound(at: k) ? 1 : 0 })
    }
    let ranks: [Statistic] = [
      .mean("mrr", rankings.map(\.reciprocalRank)),
      .mean("ndcg@10", rankings.map { $0.ndcg(at: 10) }),
      .mean("map", rankings.map(\.averagePrecision)),
    ]
    self.init(
      title: "\(rankings.count) rankings",
      metrics: bootstrap.estimates(of: recall + ranks, count: rankings.count),
      count: rankings.count, warnings: [])
  }
}
