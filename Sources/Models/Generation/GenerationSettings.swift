/// How answers are made of logits, and when they end.
package struct GenerationSettings: Sendable {
  /// The most tokens of an answer, the stop token included.
  package var maxTokens = 32
  /// Tokens that end an answer; they are part of it.
  package var stopTokens: [Int32] = []
  package var choice = TokenChoice.greedy

  package init() {}
}

/// Which token follows.
package enum TokenChoice: Equatable, Sendable {
  /// The most probable one.
  case greedy
  /// One drawn from the softmax of logits / temperature, after the cuts.
  case sampling(Sampling)
  /// The most probable answer among those that a search of this breadth finds.
  case beams(BeamSettings)
}

/// Cuts of the distribution that is drawn from, in order: the `topK` most probable tokens, then of
/// these the fewest whose probabilities reach `topP`.
///
/// - Source: Fan et al. 2018, arXiv:1805.04833 (top-k); Holtzman et al. 2020, arXiv:1904.09751
///   (top-p).
package struct Sampling: Equatable, Sendable {
  package var temperature: Float = 1
  /// nil cuts nothing.
  package var topK: Int?
  /// 1 cuts nothing.
  package var topP: Float = 1
  package var seed: UInt64 = 0

  package init() {}
}

/// A beam search's breadth and how it weighs and ends answers; defaults as in `transformers`.
package struct BeamSettings: Equatable, Sendable {
  /// When a question's search is over.
  package enum Stopping: Equatable, Sendable {
    /// As soon as there are as many finished answers as beams.
    case early
    /// When a running answer, weighed at its present length, is worse than every finished one.
    case heuristic
    /// When no running answer could overtake the finished ones up to the longest one allowed.
    case never
  }

  package var beams = 4
  /// Answers are ranked by log-probability / lengthᵖ with this p.
  package var lengthPenalty: Float = 1
  package var stopping = Stopping.heuristic

  package init() {}
}

/// One answer.
package struct Generated: Equatable, Sendable {
  /// The new tokens, a stop token at the end included.
  package var ids: [Int32] = []
  /// ln p of each token given those before it, before temperature and cuts.
  package var logProbabilities: [Float] = []
  /// Whether it ended by itself rather than at `maxTokens` or at the last place.
  package var isFinished = false

  package init() {}
}
