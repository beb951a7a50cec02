import Tensors

/// A frozen network that gives the next token's logits.
///
/// Sequences of any lengths run together, none padded, and none depends on the others. Logits are
/// `[sequences, vocabulary]`, before any softmax.
package protocol GenerativeNetwork: Sendable {
  var vocabularySize: Int { get }

  /// The most tokens a sequence may have, prompt and answer together; nil when nothing limits it.
  var maxPositions: Int? { get }

  /// Computes what prompts have in common once.
  func share(_ prefix: [Int32]) -> SharedPrefix

  /// Reads whole prompts: decoders read them as the beginning of what they go on with,
  /// encoder-decoders as their source.
  ///
  /// - Parameter prefix: tokens before every prompt.
  /// - Requires: at least one token in each prompt, ids inside the vocabulary.
  /// - Returns: the logits of the token that follows each prompt.
  func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  )

  /// Goes on by one token of each sequence.
  func step(_ tokens: [Int32], _ cache: inout DecoderCache) -> Tensor
}

/// What many prompts begin with: instruction, demonstrations.
package struct SharedPrefix: Sendable {
  package let ids: [Int32]
  /// One sequence's keys and values after the ids; nil where a prompt's end changes how its
  /// beginning is read, so that nothing can be computed before.
  package let cache: DecoderCache?

  package init(ids: [Int32], cache: DecoderCache?) {
    self.ids = ids
    self.cache = cache
  }
}
