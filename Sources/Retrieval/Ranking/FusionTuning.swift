import Native

/// Measures ways to fuse on questions whose right passages are known.
package struct FusionTuning: Sendable {
  /// One question: its two rankings, and the rows of these that are right.
  package struct Example: Equatable, Sendable {
    package var sparse: [Hit]
    package var dense: [Hit]
    package var relevant: Set<Int>

    package init(sparse: [Hit], dense: [Hit], relevant: Set<Int>) {
      self.sparse = sparse
      self.dense = dense
      self.relevant = relevant
    }
  }

  /// What one way to fuse reaches.
  package struct Score: Equatable, Sendable {
    package var fusion: FusionName
    /// BM25's weight against the vectors'; it means nothing to reciprocal ranks.
    package var weight: Float
    /// Share of questions with a right passage among the first.
    package var recall: Double
    /// Mean of 1 / rank of the first right passage; 0 where there is none.
    package var reciprocalRank: Double

    package init(fusion: FusionName, weight: Float, recall: Double, reciprocalRank: Double) {
      self.fusion = fusion
      self.weight = weight
      self.recall = recall
      self.reciprocalRank = reciprocalRank
    }
  }

  private let examples: [Example]
  private let depth: Int

  /// - Parameter depth: passages that count for the recall.
  /// - Requires: at least one example.
  package init(_ examples: [Example], recallAt depth: Int = 20) {
    precondition(!examples.isEmpty, "expected an example, found none")
    self.examples = examples
    self.depth = depth
  }

  /// 0, BM25 not counting, and powers of √2: BM25's own scores are some tens of a cosine, so its
  /// weight is small where scores are added as they are.
  package static func weights(_ fusion: FusionName) -> [Float] {
    func powers(_ exponents: ClosedRange<Int>) -> [Float] {
      exponents.map { exponent in
        let whole = Float(sign: .plus, exponent: exponent >> 1, significand: 1)
        return exponent & 1 == 0 ? whole : whole * Float(2).squareRoot()
      }
    }
    switch fusion {
    case .minFill: return [0] + powers(-20...2)
    case .zScore: return [0] + powers(-8...8)
    case .reciprocalRank: return [1]
    }
  }

  /// All ways to fuse with all of their weights.
  package func scores() -> [Score] {
    FusionName.allCases.flatMap { fusion in
      Self.weights(fusion).map { score(fusion, weight: $0) }
    }
  }

  package func score(_ fusion: FusionName, weight: Float) -> Score {
    let method = fusion.method(weight: weight)
    let ranks = Parallel.map(examples.count) { index -> Int? in
      let example = examples[index]
      return Fusion.fuse(sparse: example.sparse, dense: example.dense, method)
        .firstIndex { example.relevant.contains($0.row) }
    }
    let found = ranks.compactMap { $0 }
    let count = Double(examples.count)
    return Score(
      fusion: fusion, weight: weight, recall: Double(found.count { $0 < depth }) / count,
      reciprocalRank: found.reduce(0) { $0 + 1 / Double($1 + 1) } / count)
  }

  /// The score of highest recall, then of highest reciprocal rank; the first of several.
  ///
  /// - Requires: at least one score.
  package static func best(_ scores: [Score]) -> Score {
    precondition(!scores.isEmpty, "expected a score, found none")
    return scores.dropFirst().reduce(scores[0]) { best, score in
      (best.recall, best.reciprocalRank) < (score.recall, score.reciprocalRank) ? score : best
    }
  }
}
