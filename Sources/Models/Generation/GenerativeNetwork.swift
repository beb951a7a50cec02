import Tensors

/// A frozen network that gives the next token's logits.
///
/// Sequences of any lengths run together, none padded, and none depends on the others. Logits are
/// `[sequences, vocabulary]`, before any softmax.
package protocol GenerativeNetwork: Sendable {
  var vocabularySize: Int { get }

  /// The most tokens a sequence may have, prompt and answer together; nil when nothing limits it.
  var maxPositions: Int? { get }

  /// Whether an encoder reads the input, so that only what is written takes places of a decoder.
  var hasEncoder: Bool { get }

  /// Places of `maxPositions` that what was learned takes in every sequence.
  var learnedPositions: Int { get }

  /// The embeddings, beside whose rows a prompt's vectors stand.
  var tokens: Embedding { get }

  /// Computes what prompts have in common once: a learned prompt's vectors, then some tokens.
  func share(_ prompt: PromptRows?, _ prefix: [Int32]) -> SharedPrefix

  /// Reads whole prompts: decoders read them as the beginning of what they go on with,
  /// encoder-decoders as their source.
  ///
  /// - Parameter prefix: what comes before every prompt.
  /// - Requires: at least one token in each prompt, ids inside the vocabulary.
  /// - Returns: the logits of the token that follows each prompt.
  func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  )

  /// Goes on by one token of each sequence.
  func step(_ tokens: [Int32], _ cache: inout DecoderCache) -> Tensor
}

extension GenerativeNetwork {
  package var learnedPositions: Int { 0 }

  package func share(_ prefix: [Int32]) -> SharedPrefix { share(nil, prefix) }
}

/// What many prompts begin with: a soft prompt, instruction, demonstrations.
package struct SharedPrefix: Sendable {
  /// What comes before all texts, or one for each of them; none is nothing.
  package let prompts: [PromptRows]
  package let ids: [Int32]
  /// One sequence's keys and values after all of these; nil where a prompt's end changes how its
  /// beginning is read, so that nothing can be computed before.
  package let cache: DecoderCache?

  package init(prompts: [PromptRows] = [], ids: [Int32] = [], cache: DecoderCache? = nil) {
    self.prompts = prompts
    self.ids = ids
    self.cache = cache
  }
}
