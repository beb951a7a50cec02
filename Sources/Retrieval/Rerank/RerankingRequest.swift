/// A retrieved passage with what the retrieval stage thinks of it.
package struct RankingCandidate: Equatable, Sendable {
  package var passage: Passage
  /// nil where the passage was not in that list.
  package var bm25, cosine: Float?
  package var fused: Float

  package init(passage: Passage, bm25: Float?, cosine: Float?, fused: Float) {
    self.passage = passage
    self.bm25 = bm25
    self.cosine = cosine
    self.fused = fused
  }
}

/// A question and the passages to put in order for it, best first by the fused score.
package struct RerankingRequest: Equatable, Sendable {
  package var question: String
  package var candidates: [RankingCandidate]

  package init(question: String, candidates: [RankingCandidate]) {
    self.question = question
    self.candidates = candidates
  }
}

/// How an index sees words: its analyzer, and the inverse document frequency of analyzed terms.
package struct TermWeights: Sendable {
  package let analyzer: Analyzer
  package let idf: @Sendable (String) throws -> Float

  package init(analyzer: Analyzer, idf: @escaping @Sendable (String) throws -> Float) {
    self.analyzer = analyzer
    self.idf = idf
  }
}
