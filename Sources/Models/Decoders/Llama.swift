import Native
import Tensors

/// The Llama decoder and its relatives Mistral, Qwen2 and Qwen3, every weight frozen: rotary
/// positions, RMSNorm before each part, key heads shared by query heads, a gated feed-forward layer.
///
/// Read from the top: embeddings, then for each layer attention and feed-forward, each added to its
/// input. Relatives differ by what their configuration says: biases, sliding windows, and in Qwen3
/// queries and keys normalized head by head.
///
/// - Source: Touvron et al. 2023, arXiv:2302.13971; Jiang et al. 2023, arXiv:2310.06825 (Mistral);
///   Yang et al. 2024, arXiv:2407.10671 (Qwen2), and 2025, arXiv:2505.09388 (Qwen3); tensor names
///   as HuggingFace saves them.
package struct Llama: DecoderNetwork {
  let configuration: LlamaConfiguration
  package let tokens: Embedding
  var layers: [Layer]
  let finalNorm: RMSNorm
  var head: Projection

  struct Layer: TunableLayer {
    let attentionNorm: RMSNorm
    var queryKeyValue: Projection
    /// Of each head by itself.
    let queryNorm, keyNorm: RMSNorm?
    var attention: CachedAttention
    var attentionOutput: Projection
    let feedForwardNorm: RMSNorm
    /// The feed-forward layer: width to gate and hidden side by side, and back from the gated half.
    var up, down: Projection
  }

  package var vocabularySize: Int { tokens.rows }
  package var maxPositions: Int? { configuration.contextLength }

  // MARK: Forward

  package func states(_ rows: Tensor, starts: [Int], _ cache: inout DecoderCache) -> Tensor {
    var x = rows
    let rotation = configuration.rotary.rotation(starts: starts, offsets: cache.lengths)
    for index in layers.indices {
      forward(
        layers[index], &x, rotation, starts: starts, shared: cache.shared[index],
        own: &cache.own[index])
    }
    return finalNorm(x)
  }

  private func forward(
    _ layer: Layer, _ x: inout Tensor, _ rotation: RotaryEmbedding.Rotation, starts: [Int],
    shared: [[PackedKeyValues]], own: inout [PackedKeyValues]
  ) {
    let (heads, keyHeads) = (configuration.headCount, configuration.keyHeadCount)
    var qkv = layer.queryKeyValue(layer.attentionNorm(x))
    layer.queryNorm?.normalize(&qkv, heads: 0..<heads)
    layer.keyNorm?.normalize(&qkv, heads: heads..<heads + keyHeads)
    rotation(&qkv, heads: heads + keyHeads)
    let context = layer.attention(qkv, starts: starts, shared: shared, own: &own)
    layer.attentionOutput(context, addingTo: &x)
    let hidden = gated(layer.up(layer.feedForwardNorm(x)), configuration.activation)
    layer.down(hidden, addingTo: &x)
  }

  package func logits(_ states: Tensor) -> Tensor { head(states) }

  package func emptyCache(sequences: Int) -> DecoderCache {
    DecoderCache(
      layers: layers.count, keyHeads: configuration.keyHeadCount,
      headWidth: configuration.headWidth, sequences: sequences, places: prefixLength)
  }

  // MARK: Loading

  /// - Throws: `CheckpointError`, see `Decoders.load(folder:)`.
  init(
    _ file: ModelConfiguration, _ files: any WeightSource, _ precision: Precision = .float32
  ) throws {
    let configuration = try LlamaConfiguration(file)
    let weights = NetworkWeights(files, prefixes: ["", "model."], precision)
    let (width, hidden) = (configuration.width, configuration.hiddenSize)
    let headWidth = configuration.headWidth
    let (queries, keys) = (
      configuration.headCount * headWidth, configuration.keyHeadCount * headWidth
    )
    @Sendable func norm(_ name: String, _ width: Int) throws -> RMSNorm {
      try weights.rmsNorm(name, width: width, epsilon: configuration.epsilon)
    }
    @Sendable func layer(_ index: Int) throws -> Layer {
      let (attention, gate) = ("layers.\(index).self_attn", "layers.\(index).mlp")
      let normed = configuration.normalizesHeads
      return try Layer(
        attentionNorm: norm("layers.\(index).input_layernorm", width),
        queryKeyValue: weights.projection(
          [
            ("\(attention).q_proj", queries), ("\(attention).k_proj", keys),
            ("\(attention).v_proj", keys),
          ], inputs: width, bias: configuration.hasQueryBias),
        queryNorm: normed ? norm("\(attention).q_norm", headWidth) : nil,
        keyNorm: normed ? norm("\(attention).k_norm", headWidth) : nil,
        attention: configuration.attention(layer: index),
        attentionOutput: weights.projection(
          [("\(attention).o_proj", width)], inputs: queries, bias: configuration.hasOutputBias),
        feedForwardNorm: norm("layers.\(index).post_attention_layernorm", width),
        up: weights.projection(
          [("\(gate).gate_proj", hidden), ("\(gate).up_proj", hidden)], inputs: width,
          bias: configuration.hasFeedForwardBias),
        down: weights.projection(
          [("\(gate).down_proj", width)], inputs: hidden, bias: configuration.hasFeedForwardBias))
    }
    self.configuration = configuration
    tokens = try weights.embedding(
      "embed_tokens.weight", rows: weights.rows("embed_tokens.weight"), width: width)
    layers = try Parallel.map(configuration.layerCount, layer)
    finalNorm = try norm("norm", width)
    head = try weights.head(tiedTo: tokens)
    try weights.requireAllTaken()
  }
}

extension RMSNorm {
  /// Normalizes some heads of each row, every head by itself.
  ///
  /// - Shapes: x `[tokens, at least heads.upperBound headWidth]`, with a gain of `[headWidth]`.
  func normalize(_ x: inout Tensor, heads: Range<Int>) {
    Kernels.rmsNorm(&x.values, width: x.width, heads: heads, gain: gain, epsilon: epsilon)
  }
}

extension Tensor {
  /// Some heads of each row, each as a row of its own, `[rows heads.count, headWidth]`.
  func heads(_ heads: Range<Int>, width headWidth: Int) -> Tensor {
    let (first, count) = (heads.lowerBound * headWidth, heads.count * headWidth)
    let part = (0..<rows).flatMap { values[$0 * width + first..<$0 * width + first + count] }
    return Tensor(rows: rows * heads.count, width: headWidth, values: part)
  }

  mutating func replaceHeads(_ heads: Range<Int>, with y: Tensor) {
    let count = heads.count * y.width
    for row in 0..<rows {
      let start = row * width + heads.lowerBound * y.width
      values.replaceSubrange(
        start..<start + count, with: y.values[row * count..<(row + 1) * count])
    }
  }
}
