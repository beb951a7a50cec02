import Retrieval
import Tensors

/// A question's candidates as features, and which of them are right.
package struct RerankingExample: Sendable {
  /// `[candidates, features]`
  package let features: Tensor
  /// Rows that are right.
  package let gold: [Int]
  /// Rows that bear an answer but were not judged: neither right nor wrong, so not learned from.
  package let unjudged: [Int]

  package init(features: Tensor, gold: [Int], unjudged: [Int] = []) {
    self.features = features
    self.gold = gold
    self.unjudged = unjudged
  }

  /// Whether there are right and wrong candidates to tell apart.
  package var teaches: Bool { !gold.isEmpty && features.rows > gold.count + unjudged.count }

  /// The candidates to learn from, right ones first; nil where there is nothing to tell apart.
  func lesson(scale: FeatureScale) -> (x: Tensor, targets: [Int])? {
    if !teaches { return nil }
    let aside = Set(gold + unjudged)
    let rows = gold + (0..<features.rows).filter { !aside.contains($0) }
    let x = Tensor(
      rows: rows.count, width: features.width,
      values: rows.flatMap { features.rows($0..<$0 + 1).values })
    return (scale(x), Array(gold.indices))
  }
}

/// How well rankings put right passages first.
package struct RerankingScore: Equatable, Sendable {
  package let questions: Int
  /// Mean of 1 / rank of the first right passage; 0 where it is not among the candidates.
  package let reciprocalRank: Double
  private let ranks: [Int]

  /// - Parameter scores: one list per example, a score per candidate.
  package init(_ examples: [RerankingExample], scores: [[Float]]) {
    ranks = zip(examples, scores).compactMap { example, scores in
      let best = example.gold.max { (scores[$0], $1) < (scores[$1], $0) }
      return best.map { gold in
        1 + scores.indices.count { (scores[$0], gold) > (scores[gold], $0) }
      }
    }
    questions = examples.count
    reciprocalRank = ranks.reduce(0) { $0 + 1 / Double($1) } / Double(max(1, questions))
  }

  /// Share of the questions with a right passage among the first `count`.
  package func recall(at count: Int) -> Double {
    Double(ranks.count { $0 <= count }) / Double(max(1, questions))
  }
}
