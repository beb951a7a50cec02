/// What the learned combination knows of a candidate: n numbers, in this order.
///
/// The list's numbers come from retrieval, the MaxSim ones from a frozen network's token vectors
/// after a third, two thirds and all of its layers, the rest from the words. Terms are analyzed as
/// the index does; a term weighs its idf, question words nothing.
package enum RankingFeature: Int, CaseIterable, Sendable {
  /// BM25 as a share of the list's best; as a share of the question's summed idf.
  case bm25Share, bm25Coverage
  /// 1 / rank by BM25; 0 for a passage that BM25 did not find.
  case bm25ReciprocalRank
  /// The cosine; its distance to the list's best.
  case cosine, cosineGap
  case cosineReciprocalRank
  /// The fused score's distance to the list's best, in deviations; 1 / rank.
  case fusedGap, fusedReciprocalRank
  /// MaxSim, tokens weighted by idf.
  case maxSimEarly, maxSimMiddle, maxSimLast
  /// The distance to the list's best.
  case maxSimEarlyGap, maxSimMiddleGap, maxSimLastGap
  /// All question tokens alike, last layer.
  case maxSimPlain
  /// The title's tokens alone, last layer.
  case maxSimTitle
  /// The worst matched question token of weight, last layer.
  case maxSimWeakest
  /// Share of the question's idf in title and text; in the title; in the best stretch of terms.
  case overlap, titleOverlap, windowOverlap
  /// Share of the title's terms that stand in the question.
  case titlePrecision
  /// Share of the question's neighbouring terms that are neighbours in the passage.
  case bigrams
  /// The longest run of terms in common, as a share of the question's terms.
  case longestRun
  /// log(1 + terms)
  case length
  /// 1 where the passage holds a date, number or name as the question asks for, 0 where it does
  /// not, ½ where nothing is known.
  case answerKind

  package static var count: Int { allCases.count }
}

/// A candidate's features.
struct FeatureRow: Sendable {
  private(set) var values = [Float](repeating: 0, count: RankingFeature.count)

  subscript(feature: RankingFeature) -> Float {
    get { values[feature.rawValue] }
    set { values[feature.rawValue] = newValue }
  }
}
