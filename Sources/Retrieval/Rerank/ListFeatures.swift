/// The features that hang on the whole list of a question's candidates.
enum ListFeatures {
  /// Fills in what retrieval says, and the distances to the best of the list.
  ///
  /// - Requires: the rows of `request`'s candidates, with MaxSim filled in.
  static func fill(
    _ rows: inout [FeatureRow], _ request: RerankingRequest, terms: QuestionTerms
  ) {
    let candidates = request.candidates
    let bm25 = candidates.map { $0.bm25 ?? 0 }
    let bestBM25 = max(bm25.max() ?? 0, .leastNormalMagnitude)
    let lowest = candidates.compactMap(\.cosine).min() ?? 0
    let cosines = candidates.map { $0.cosine ?? lowest }
    let bestCosine = cosines.max() ?? 0
    let bm25Ranks = ranks(candidates.map(\.bm25))
    let cosineRanks = ranks(candidates.map(\.cosine))
    let fused = candidates.map(\.retrieved)
    let bestFused = fused.max() ?? 0
    let fusedDeviation = deviation(fused)
    let totalWeight = max(terms.totalWeight, 1e-6)
    for index in rows.indices {
      rows[index][.bm25Share] = bm25[index] / bestBM25
      rows[index][.bm25Coverage] = bm25[index] / totalWeight
      rows[index][.bm25ReciprocalRank] = bm25Ranks[index]
      rows[index][.cosine] = cosines[index]
      rows[index][.cosineGap] = cosines[index] - bestCosine
      rows[index][.cosineReciprocalRank] = cosineRanks[index]
      rows[index][.fusedGap] = (fused[index] - bestFused) / fusedDeviation
      rows[index][.fusedReciprocalRank] = 1 / Float(index + 1)
    }
    for (score, gap) in gaps {
      let best = rows.map { $0[score] }.max() ?? 0
      for index in rows.indices { rows[index][gap] = rows[index][score] - best }
    }
  }

  private static let gaps: [(RankingFeature, RankingFeature)] = [
    (.maxSimEarly, .maxSimEarlyGap), (.maxSimMiddle, .maxSimMiddleGap),
    (.maxSimLast, .maxSimLastGap),
  ]

  /// 1 / rank of each score, 0 where there is none; the first of two equal ones comes first.
  private static func ranks(_ scores: [Float?]) -> [Float] {
    let known = scores.indices.filter { scores[$0] != nil }
      .sorted { (scores[$1]!, $0) < (scores[$0]!, $1) }
    var ranks = [Float](repeating: 0, count: scores.count)
    for (rank, index) in known.enumerated() { ranks[index] = 1 / Float(rank + 1) }
    return ranks
  }

  /// The standard deviation; 1 where all are equal.
  private static func deviation(_ x: [Float]) -> Float {
    if x.isEmpty { return 1 }
    let mean = x.reduce(0, +) / Float(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(x.count)
    return variance > 0 ? variance.squareRoot() : 1
  }
}
