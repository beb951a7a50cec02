import Native

/// The ways to rank passages; raw values are the names that users type.
package enum RetrievalMethod: String, CaseIterable, Sendable {
  case bm25, dense
  /// Both, their scores fused.
  case hybrid
}

/// A passage found for a question, with what each stage thinks of it.
package struct RetrievedPassage: Sendable, Equatable {
  package var row: Int
  package var passage: Passage
  /// nil where the passage was not in that list.
  package var bm25, cosine: Float?
  /// The score by which the retrieval stage ordered it.
  package var retrieved: Float
  /// The score by which it is ordered now: the re-ranker's, where that has seen it.
  package var score: Float
}

/// Ranks the passages of an index for questions: retrieves, fuses, re-ranks.
package struct Retriever {
  /// Gives row-major vectors, one per question.
  package typealias Encoder = (_ questions: [String]) throws -> [Float]
  /// Gives a score for each candidate of each request; higher is better.
  package typealias Scorer = (_ requests: [RerankingRequest]) throws -> [[Float]]

  package let index: PassageIndex
  package let method: RetrievalMethod
  private let encoder: Encoder?
  private let reranker: Scorer?
  /// How the rankings of a hybrid search become one.
  package var fusion: FusionMethod
  /// The rows that may rank; all where there is none.
  package var rows: RowSet?

  /// What each list holds at least before two are fused: a passage that only one of them ranks
  /// high must be found in the other.
  private static let fusionDepth = 100

  /// - Requires: an encoder unless the method is BM25.
  package init(
    index: PassageIndex, method: RetrievalMethod, encoder: Encoder? = nil,
    reranker: Scorer? = nil, fusion: FusionMethod = .zScore
  ) {
    precondition(
      method == .bm25 || encoder != nil, "expected an encoder for \(method), found none")
    self.index = index
    self.method = method
    self.encoder = encoder
    self.reranker = reranker
    self.fusion = fusion
  }

  /// The best `top` passages for each question.
  ///
  /// - Parameter depth: how many of the retrieved passages are re-ranked, where there is a
  ///   re-ranker. The others follow behind them, with scores that are moved below theirs.
  /// - Throws: `IndexError`, and what encoder and re-ranker throw.
  package func rank(
    _ questions: [String], top: Int, rerank depth: Int = 0
  ) throws -> [[RetrievedPassage]] {
    let depth = reranker == nil ? 0 : depth
    let retrieved = try retrieve(questions, top: max(top, depth))
    return try rerank(retrieved, for: questions, top: top, depth: depth)
  }

  /// The best `top` of the retrieved passages of each question; see `rank(_:top:rerank:)`.
  package func rerank(
    _ retrieved: [[RetrievedPassage]], for questions: [String], top: Int, depth: Int
  ) throws -> [[RetrievedPassage]] {
    guard let reranker, depth > 0 else { return retrieved.map { Array($0.prefix(top)) } }
    let scores = try reranker(
      zip(questions, retrieved).map {
        RerankingRequest(question: $0, candidates: Array($1.prefix(depth)))
      })
    return zip(retrieved, scores).map { Array(Self.reorder($0, by: $1).prefix(top)) }
  }

  /// The best `top` passages for each question before any re-ranking.
  package func retrieve(_ questions: [String], top: Int) throws -> [[RetrievedPassage]] {
    try lists(questions, top: top).map { sparse, dense in
      let fused =
        switch method {
        case .bm25: sparse
        case .dense: dense
        case .hybrid: Fusion.fuse(sparse: sparse, dense: dense, fusion)
        }
      return try passages(of: Array(fused.prefix(top)), sparse: sparse, dense: dense)
    }
  }

  /// What is fused for each question; a list that the method does not need is empty.
  package func lists(
    _ questions: [String], top: Int
  ) throws -> [(sparse: [Hit], dense: [Hit])] {
    let depth = method == .hybrid ? max(top, Self.fusionDepth) : top
    let none = [[Hit]](repeating: [], count: questions.count)
    let sparse = try method == .dense ? none : bm25(questions, top: depth)
    let near = try method == .bm25 ? none : dense(questions, top: depth)
    return zip(sparse, near).map { ($0, $1) }
  }

  private func bm25(_ questions: [String], top: Int) throws -> [[Hit]] {
    let index = index
    let rows = rows
    return try Parallel.map(questions.count) {
      try index.bm25(questions[$0], top: top, within: rows)
    }
  }

  private func dense(_ questions: [String], top: Int) throws -> [[Hit]] {
    guard let encoder, !questions.isEmpty else { return [] }
    let vectors = try encoder(questions)
    return try index.dense(queries: vectors, count: questions.count, top: top, within: rows)
  }

  private func passages(
    of hits: [Hit], sparse: [Hit], dense: [Hit]
  ) throws -> [RetrievedPassage] {
    let bm25 = Dictionary(uniqueKeysWithValues: sparse.map { ($0.row, $0.score) })
    let cosine = Dictionary(uniqueKeysWithValues: dense.map { ($0.row, $0.score) })
    return zip(hits, try index.passages(rows: hits.map(\.row))).map { hit, passage in
      RetrievedPassage(
        row: hit.row, passage: passage, bm25: bm25[hit.row], cosine: cosine[hit.row],
        retrieved: hit.score, score: hit.score)
    }
  }

  /// The first passages by their scores, and the others behind them.
  private static func reorder(
    _ passages: [RetrievedPassage], by scores: [Float]
  ) -> [RetrievedPassage] {
    var head = Array(passages.prefix(scores.count))
    var tail = Array(passages.dropFirst(scores.count))
    precondition(
      scores.count == head.count, "expected \(head.count) scores, found \(scores.count)")
    for (place, score) in scores.enumerated() { head[place].score = score }
    // Sorted by place where scores are equal, so that the order never depends on the sort.
    head = head.enumerated()
      .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    let shift = (scores.min() ?? 0) - (tail.first?.retrieved ?? 0) - 1
    for place in tail.indices { tail[place].score = tail[place].retrieved + shift }
    return head + tail
  }
}
