import Native
import Tensors

/// The T5 encoder-decoder, every weight frozen: RMSNorm before each part, a bias by distance in place
/// of positions, attention without scaling, and no other bias anywhere.
///
/// Read from the top: the encoder's layers over whole sources, then the decoder's, which also attend
/// to the encoder's states. v1.0, v1.1, LM-adapted, Flan-T5, T0 and UL2 differ in the feed-forward
/// layer (gated or not), the head (the embeddings or its own) and sizes.
///
/// - Source: Raffel et al. 2020, arXiv:1910.10683; tensor names as HuggingFace saves them.
package struct T5: GenerativeNetwork {
  package var encoder: T5Encoder
  var decoder: [DecoderLayer]
  /// The first layer's, which all layers use.
  let decoderBias: DistanceTable
  let decoderNorm: RMSNorm
  var head: Projection

  struct DecoderLayer: Sendable {
    let attentionNorm: RMSNorm
    var queryKeyValue, attentionOutput: Projection
    var attention: CachedAttention
    let crossNorm: RMSNorm
    var crossQuery, crossKeyValue, crossOutput: Projection
    var crossAttention: CachedAttention
    var feedForward: FeedForward
  }

  struct FeedForward: Sendable {
    let norm: RMSNorm
    /// Width to hidden, or to gate and hidden side by side; and back.
    var up, down: Projection
    let gated: Bool
    let activation: Activation

    /// x += down(activation(up(norm(x)))).
    func callAsFunction(_ x: inout Tensor) {
      let input = norm(x)
      let hidden = gated ? Tensors.gated(up(input), activation) : up(input, activation)
      down(hidden, addingTo: &x)
    }

    mutating func changeMaps(_ change: (inout Projection) -> Void) {
      change(&up)
      change(&down)
    }
  }

  package var configuration: T5Configuration { encoder.configuration }
  package var tokens: Embedding { encoder.tokens }
  package var vocabularySize: Int { tokens.rows }
  package var hasEncoder: Bool { true }
  /// Distances reach as far as one likes.
  package var maxPositions: Int? { nil }

  // MARK: Decoder

  package func share(_ prompt: PromptRows?, _ prefix: [Int32]) -> SharedPrefix {
    SharedPrefix(prompts: prompt.map { [$0] } ?? [], ids: prefix)
  }

  package func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  ) {
    let sources = prompts.map { (prefix?.ids ?? []) + $0 }
    precondition(sources.allSatisfy { !$0.isEmpty }, "expected at least one token of each source")
    let behind = prefix.flatMap { $0.prompts.isEmpty ? nil : $0.prompts }
    let prompts = behind ?? [PromptRows(width: tokens.width)]
    let batch = RaggedRows(prompts.map(\.input), before: sources, tokens)
    let (states, starts) = (encoder(batch.rows, starts: batch.starts), batch.starts)
    var cache = DecoderCache(
      layers: decoder.count, keyHeads: configuration.headCount,
      headWidth: configuration.headWidth, sequences: sources.count, places: prefixLength,
      source: decoder.map {
        $0.crossAttention.caches($0.crossKeyValue(states), starts: starts)
      })
    let first = [[Int32]](repeating: [configuration.startToken], count: sources.count)
    let logits = decode(RaggedRows(prompts.map(\.decoder), before: first, tokens), &cache)
    return (logits, cache)
  }

  package func step(_ ids: [Int32], _ cache: inout DecoderCache) -> Tensor {
    let nothing = Tensor(rows: 0, width: tokens.width)
    return decode(RaggedRows([nothing], before: ids.map { [$0] }, tokens), &cache)
  }

  /// The logits after each sequence's new rows.
  private func decode(_ batch: RaggedRows, _ cache: inout DecoderCache) -> Tensor {
    let starts = batch.starts
    let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
    precondition(
      lengths.count == cache.count, "expected \(cache.count) tokens, found \(lengths.count)")
    let bias = targetBias(reach: zip(cache.lengths, lengths).map(+).max() ?? 0)
    var x = batch.rows
    for (index, layer) in decoder.enumerated() {
      let context = layer.attention(
        layer.queryKeyValue(layer.attentionNorm(x)), starts: starts, shared: cache.shared[index],
        own: &cache.own[index], bias: bias)
      layer.attentionOutput(context, addingTo: &x)
      let found = layer.crossAttention(
        layer.crossQuery(layer.crossNorm(x)), starts: starts, to: cache.source[index])
      layer.crossOutput(found, addingTo: &x)
      layer.feedForward(&x)
    }
    cache.advance(lengths)
    return head(decoderNorm(x.gathering(starts.dropFirst().map { $0 - 1 })))
  }

  func targetBias(reach: Int) -> PositionBias {
    configuration.positions.bias(decoderBias, reach: reach, bidirectional: false)
  }

  /// Learned keys and values before what each decoder writes.
  var prefixLength: Int { decoder.first?.attention.prefixLength ?? 0 }
}
