import Foundation

/// The passages ranked for one question, each with its grade of relevance.
package struct RankedQuestion: Sendable {
  package let id: String
  /// Grades in rank order; 0 is not relevant.
  let grades: [Int]
  /// All positive grades of the question, best first; nil when only the ranked ones are known.
  let ideal: [Int]?
  /// Whether several passages may be relevant, so that figures over all of them say something.
  let isJudgedInFull: Bool

  /// A ranking of which each passage bears an answer or not.
  package init(id: String, hits: [Bool]) {
    self.id = id
    grades = hits.map { $0 ? 1 : 0 }
    ideal = nil
    isJudgedInFull = false
  }

  /// A ranking judged by graded relevance; unjudged passages and negative grades count as 0.
  ///
  /// A passage that is ranked twice counts once, at its better rank.
  package init(id: String, ranking: [String], qrels: [String: Int]) {
    self.init(id: id, ranking: ranking, qrels: qrels, isJudgedInFull: true)
  }

  /// A ranking by scores, judged by graded relevance as trec_eval does.
  ///
  /// Passages go by falling score in single precision; those of equal score by their ids' bytes, the
  /// greatest first. No other order, such as that of a rank column, matters.
  ///
  /// - Source: trec_eval 9, the order in which it forms rankings.
  package init(id: String, scored: [(id: String, score: Double)], qrels: [String: Int]) {
    let ranking = scored.sorted { a, b in
      let (scoreOfA, scoreOfB) = (Float(a.score), Float(b.score))
      return scoreOfA == scoreOfB
        ? b.id.utf8.lexicographicallyPrecedes(a.id.utf8) : scoreOfA > scoreOfB
    }
    self.init(id: id, ranking: ranking.map(\.id), qrels: qrels)
  }

  private init(id: String, ranking: [String], qrels: [String: Int], isJudgedInFull: Bool) {
    var seen: Set<String> = []
    self.id = id
    self.isJudgedInFull = isJudgedInFull
    grades = ranking.map { seen.insert($0).inserted ? max(0, qrels[$0] ?? 0) : 0 }
    ideal = qrels.values.filter { $0 > 0 }.sorted(by: >)
  }

  /// A ranking judged by the ids of its gold passages, in the order given.
  package init(id: String, ranking: [String], gold: Set<String>) {
    let qrels = Dictionary(uniqueKeysWithValues: gold.map { ($0, 1) })
    self.init(id: id, ranking: ranking, qrels: qrels, isJudgedInFull: false)
  }

  /// Whether one of the first `k` passages is relevant: what open-domain work calls recall@k.
  ///
  /// - Source: Karpukhin et al. 2020, arXiv:2004.04906 (top-k accuracy).
  package func isFound(at k: Int) -> Bool {
    grades.prefix(k).contains { $0 > 0 }
  }

  /// The rank of the first relevant passage, from 1; nil if there is none.
  package var firstRelevantRank: Int? {
    grades.firstIndex { $0 > 0 }.map { $0 + 1 }
  }

  /// One over the rank of the first relevant passage, 0 if there is none.
  ///
  /// - Source: Voorhees 1999, TREC-8 question answering track; trec_eval's `recip_rank`.
  package var reciprocalRank: Double {
    firstRelevantRank.map { 1 / Double($0) } ?? 0
  }

  /// Normalised discounted cumulative gain of the first `k`, with linear gain.
  ///
  ///     DCG = Σᵢ gradeᵢ / log₂(i + 1),  nDCG = DCG / DCG of the best order
  ///
  /// 0 for a question without relevant passages; nil when the relevant ones are not all known.
  ///
  /// - Source: Järvelin & Kekäläinen 2002; the form of trec_eval's `ndcg_cut`.
  package func ndcg(at k: Int) -> Double? {
    guard let ideal else { return nil }
    let best = Self.discountedGain(ideal.prefix(k))
    return best == 0 ? 0 : Self.discountedGain(grades.prefix(k)) / best
  }

  /// The mean over all relevant passages of the precision at their ranks; an unranked one counts 0.
  ///
  /// - Source: trec_eval's `map`.
  package var averagePrecision: Double? {
    guard let ideal else { return nil }
    var found = 0.0
    var sum = 0.0
    for (index, grade) in grades.enumerated() where grade > 0 {
      found += 1
      sum += found / Double(index + 1)
    }
    return ideal.isEmpty ? 0 : sum / Double(ideal.count)
  }

  /// The share of relevant passages among `k` places, also where fewer passages are ranked.
  ///
  /// - Source: trec_eval's `P`.
  package func precision(at k: Int) -> Double {
    Double(relevantCount(at: k)) / Double(k)
  }

  /// The share of all relevant passages that are among the first `k`; 0 where none is relevant.
  ///
  /// - Source: trec_eval's `recall`; open-domain work calls `isFound(at:)` by that name.
  package func relevantRecall(at k: Int) -> Double? {
    ideal.map { $0.isEmpty ? 0 : Double(relevantCount(at: k)) / Double($0.count) }
  }

  /// Precision at as many places as there are relevant passages; 0 where none is relevant.
  ///
  /// - Source: trec_eval's `Rprec`.
  package var rPrecision: Double? {
    ideal.map { $0.isEmpty ? 0 : precision(at: $0.count) }
  }

  private func relevantCount(at k: Int) -> Int {
    grades.prefix(k).count { $0 > 0 }
  }

  private static func discountedGain(_ grades: ArraySlice<Int>) -> Double {
    zip(1..., grades).reduce(0) { $0 + Double($1.1) / log2(Double($1.0 + 1)) }
  }
}
