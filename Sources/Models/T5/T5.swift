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
  package let configuration: T5Configuration
  package let tokens: Embedding
  let encoder: [EncoderLayer]
  let decoder: [DecoderLayer]
  /// `[buckets, heads]`: the first layer's, which all layers use.
  let encoderBias, decoderBias: [Float]
  let encoderNorm, decoderNorm: RMSNorm
  let head: Projection

  struct EncoderLayer: Sendable {
    let attentionNorm: RMSNorm
    let queryKeyValue, attentionOutput: Projection
    let feedForward: FeedForward
  }

  struct DecoderLayer: Sendable {
    let attentionNorm: RMSNorm
    let queryKeyValue, attentionOutput: Projection
    let crossNorm: RMSNorm
    let crossQuery, crossKeyValue, crossOutput: Projection
    let feedForward: FeedForward
  }

  struct FeedForward: Sendable {
    let norm: RMSNorm
    /// Width to hidden, or to gate and hidden side by side; and back.
    let up, down: Projection
    let gated: Bool
    let activation: Activation

    /// x += down(activation(up(norm(x)))).
    func callAsFunction(_ x: inout Tensor) {
      let input = norm(x)
      let hidden = gated ? Tensors.gated(up(input), activation) : up(input, activation)
      down(hidden, addingTo: &x)
    }
  }

  package var vocabularySize: Int { tokens.rows }
  /// Distances reach as far as one likes.
  package var maxPositions: Int? { nil }

  // MARK: Encoder

  /// The encoder's last states, `[tokens, width]`.
  ///
  /// - Parameters:
  ///   - rows: embeddings of tokens, or a prompt's vectors in their place.
  ///   - starts: first row of each source, and their number as the last element.
  package func encode(_ rows: Tensor, starts: [Int]) -> Tensor {
    let bias = sourceBias(starts: starts)
    let attention = attention(causal: false)
    var x = rows
    for layer in encoder {
      let qkv = layer.queryKeyValue(layer.attentionNorm(x))
      layer.attentionOutput(attention(qkv, starts: starts, bias: bias), addingTo: &x)
      layer.feedForward(&x)
    }
    return encoderNorm(x)
  }

  func sourceBias(starts: [Int]) -> PositionBias {
    let longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    return configuration.positions.bias(
      encoderBias, heads: configuration.headCount, reach: longest, bidirectional: true)
  }

  // MARK: Decoder

  package func share(_ prompt: PromptRows?, _ prefix: [Int32]) -> SharedPrefix {
    SharedPrefix(prompt: prompt, ids: prefix)
  }

  package func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  ) {
    let sources = prompts.map { (prefix?.ids ?? []) + $0 }
    precondition(sources.allSatisfy { !$0.isEmpty }, "expected at least one token of each source")
    let prompt = prefix?.prompt ?? PromptRows(width: tokens.width)
    let batch = RaggedRows(prompt.input, before: sources, tokens)
    let (states, starts) = (encode(batch.rows, starts: batch.starts), batch.starts)
    let attention = attention(causal: false)
    var cache = DecoderCache(
      layers: decoder.count, keyHeads: configuration.headCount,
      headWidth: configuration.headWidth, sequences: sources.count,
      source: decoder.map { attention.caches($0.crossKeyValue(states), starts: starts) })
    let first = [[Int32]](repeating: [configuration.startToken], count: sources.count)
    let logits = decode(RaggedRows(prompt.decoder, before: first, tokens), &cache)
    return (logits, cache)
  }

  package func step(_ ids: [Int32], _ cache: inout DecoderCache) -> Tensor {
    let nothing = Tensor(rows: 0, width: tokens.width)
    return decode(RaggedRows(nothing, before: ids.map { [$0] }, tokens), &cache)
  }

  /// The logits after each sequence's new rows.
  private func decode(_ batch: RaggedRows, _ cache: inout DecoderCache) -> Tensor {
    let starts = batch.starts
    let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
    precondition(
      lengths.count == cache.count, "expected \(cache.count) tokens, found \(lengths.count)")
    let bias = targetBias(reach: zip(cache.lengths, lengths).map(+).max() ?? 0)
    let (attention, crossAttention) = (attention(causal: true), attention(causal: false))
    var x = batch.rows
    for (index, layer) in decoder.enumerated() {
      let context = attention(
        layer.queryKeyValue(layer.attentionNorm(x)), starts: starts, shared: cache.shared[index],
        own: &cache.own[index], bias: bias)
      layer.attentionOutput(context, addingTo: &x)
      let found = crossAttention(
        layer.crossQuery(layer.crossNorm(x)), starts: starts, to: cache.source[index])
      layer.crossOutput(found, addingTo: &x)
      layer.feedForward(&x)
    }
    cache.advance(lengths)
    return head(decoderNorm(x.gathering(starts.dropFirst().map { $0 - 1 })))
  }

  func targetBias(reach: Int) -> PositionBias {
    configuration.positions.bias(
      decoderBias, heads: configuration.headCount, reach: reach, bidirectional: false)
  }

  func attention(causal: Bool) -> CachedAttention {
    CachedAttention(
      .init(
        heads: configuration.headCount, headWidth: configuration.headWidth, scale: 1,
        causal: causal))
  }
}
