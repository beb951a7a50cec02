import Models

/// Gives retrieved passages a second, better look.
package enum Reranker: Sendable {
  /// The embedded one, and the words of the index that it ranks for.
  case lateInteraction(LateInteractionReranker, TermWeights)
  case crossEncoder(CrossEncoder)
  /// Late interaction alone, over a frozen network's last states; nothing of it was learned.
  case maxSim(RankingFeatures, TermWeights)

  /// One score per candidate of each request, higher is better, comparable within a request.
  ///
  /// - Throws: `IndexError` when the index cannot be read.
  package func scores(_ requests: [RerankingRequest]) throws -> [[Float]] {
    switch self {
    case .lateInteraction(let reranker, let weights):
      return try reranker.scores(requests, weights: weights)
    case .maxSim(let features, let weights):
      return try features(requests, weights: weights).map { rows in
        (0..<rows.rows).map { rows[$0, RankingFeature.maxSimLast.rawValue] }
      }
    case .crossEncoder(let network):
      let pairs = requests.flatMap { request in
        request.candidates.map { (request.question, DualEncoder.text(of: $0.passage)) }
      }
      var scores = network.score(pairs: pairs).scores[...]
      return requests.map { request in
        defer { scores = scores.dropFirst(request.candidates.count) }
        return Array(scores.prefix(request.candidates.count))
      }
    }
  }
}
