/// A question and the passages to put in order for it, best first as they were retrieved.
package struct RerankingRequest: Equatable, Sendable {
  package var question: String
  package var candidates: [RetrievedPassage]

  package init(question: String, candidates: [RetrievedPassage]) {
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

extension PassageIndex {
  package var termWeights: TermWeights {
    TermWeights(analyzer: info.settings.analyzer) { Float(try self.idf($0)) }
  }
}
