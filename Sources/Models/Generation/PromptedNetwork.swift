import Tensors

/// A frozen network that reads learned vectors before every text.
struct PromptedNetwork: GenerativeNetwork {
  /// The vectors.
  enum Prompt: Sendable {
    case same(PromptRows)
    /// Of each text its own, all of this length.
    case own(length: Int, of: @Sendable ([[Int32]]) -> [PromptRows])
  }

  let network: any GenerativeNetwork
  let prompt: Prompt

  var vocabularySize: Int { network.vocabularySize }
  var maxPositions: Int? { network.maxPositions }
  var hasEncoder: Bool { network.hasEncoder }
  var tokens: Embedding { network.tokens }

  var learnedPositions: Int {
    switch prompt {
    case .same(let rows): network.learnedPositions + rows.input.rows
    case .own(let length, _): network.learnedPositions + length
    }
  }

  func share(_ prompt: PromptRows?, _ prefix: [Int32]) -> SharedPrefix {
    precondition(prompt == nil, "expected one learned prompt, found two")
    switch self.prompt {
    case .same(let rows): return network.share(rows, prefix)
    // What comes first depends on all that follows, so that nothing can be computed before.
    case .own: return SharedPrefix(ids: prefix)
    }
  }

  func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  ) {
    switch prompt {
    case .same(let rows): return network.prefill(prompts, after: prefix ?? network.share(rows, []))
    case .own(_, let make):
      let texts = prompts.map { (prefix?.ids ?? []) + $0 }
      return network.prefill(texts, after: SharedPrefix(prompts: make(texts)))
    }
  }

  func step(_ tokens: [Int32], _ cache: inout DecoderCache) -> Tensor {
    network.step(tokens, &cache)
  }
}
