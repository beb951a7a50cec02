/// The ways to fuse that users choose from; raw values are the names that they type.
package enum FusionName: String, CaseIterable, Sendable {
  case zScore = "z-score"
  case minFill = "min-fill"
  case reciprocalRank = "reciprocal-rank"

  /// The method with BM25 weighted against the vectors; reciprocal ranks know no weight.
  package func method(weight: Float) -> FusionMethod {
    switch self {
    case .zScore: .minFill(weight: weight, normalization: .zScore)
    case .minFill: .minFill(weight: weight)
    case .reciprocalRank: .reciprocalRank()
    }
  }
}

/// How a sparse and a dense ranking become one.
package enum FusionMethod: Equatable, Sendable {
  /// How scores are brought to one scale before they are added.
  package enum Normalization: String, CaseIterable, Sendable {
    case none
    /// (score − middle of the range) / width of the range
    case range
    /// (score − mean) / standard deviation
    case zScore
  }

  /// weight · sparse + dense; a passage that one list lacks gets that list's smallest score.
  ///
  /// - Source: Pyserini's hybrid searcher, for the filling and for `range`.
  case minFill(weight: Float, normalization: Normalization = .none)
  /// Σ 1 / (k + rank), ranks from 1.
  ///
  /// - Source: Cormack, Clarke and Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and
  ///   individual rank learning methods".
  case reciprocalRank(k: Float = 60)

  /// Equal weights on a common scale: what to take where no weight was measured.
  package static let zScore = FusionMethod.minFill(weight: 1, normalization: .zScore)
}

/// Joins rankings; equal scores are ordered by row.
package enum Fusion {
  package static func fuse(sparse: [Hit], dense: [Hit], _ method: FusionMethod) -> [Hit] {
    switch method {
    case .minFill(let weight, let normalization):
      minFill(sparse: sparse, dense: dense, weight: weight, normalization: normalization)
    case .reciprocalRank(let k):
      reciprocalRank([sparse, dense], k: k)
    }
  }

  /// weight · sparse + dense over all passages of either list.
  ///
  /// An empty list counts for nothing. - Requires: no passage twice in a list.
  package static func minFill(
    sparse: [Hit], dense: [Hit], weight: Float,
    normalization: FusionMethod.Normalization = .none
  ) -> [Hit] {
    let lists = [(sparse, weight), (dense, 1)].map { hits, weight in
      ScoreList(normalize(hits, normalization), weight: weight)
    }
    return Set((sparse + dense).map(\.row))
      .map { row in Hit(row: row, score: lists.reduce(0) { $0 + $1.score(of: row) }) }
      .sorted(by: precedes)
  }

  /// Σ 1 / (k + rank) over the lists that hold a passage, ranks from 1.
  package static func reciprocalRank(_ lists: [[Hit]], k: Float = 60) -> [Hit] {
    var scores: [Int: Float] = [:]
    for list in lists {
      for (rank, hit) in zip(1..., list) {
        scores[hit.row, default: 0] += 1 / (k + Float(rank))
      }
    }
    return scores.map { Hit(row: $0.key, score: $0.value) }.sorted(by: precedes)
  }

  /// Scores that are all equal become 0.
  private static func normalize(
    _ hits: [Hit], _ normalization: FusionMethod.Normalization
  ) -> [Hit] {
    let scores = hits.map(\.score)
    guard let low = scores.min(), let high = scores.max() else { return hits }
    let (center, width): (Float, Float)
    switch normalization {
    case .none: return hits
    case .range: (center, width) = ((low + high) / 2, high - low)
    case .zScore:
      let mean = scores.reduce(0, +) / Float(scores.count)
      let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(scores.count)
      (center, width) = (mean, variance.squareRoot())
    }
    return hits.map {
      Hit(row: $0.row, score: high > low ? ($0.score - center) / width : 0)
    }
  }
}

/// One ranking's scores by row, with its smallest one for rows that it lacks.
private struct ScoreList {
  private let scores: [Int: Float]
  private let smallest: Float
  private let weight: Float

  init(_ hits: [Hit], weight: Float) {
    scores = Dictionary(hits.map { ($0.row, $0.score) }, uniquingKeysWith: max)
    smallest = hits.map(\.score).min() ?? 0
    self.weight = weight
  }

  func score(of row: Int) -> Float {
    weight * (scores[row] ?? smallest)
  }
}
