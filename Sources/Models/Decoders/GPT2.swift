import Native
import Tensors

/// The GPT-2 decoder, every weight frozen: learned positions, LayerNorm before each part.
///
/// Read from the top: embeddings, then for each layer attention and feed-forward, each added to its
/// input. Its maps are stored transposed, `[inputs, outputs]`.
///
/// - Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; tensor
///   names as HuggingFace saves them.
package struct GPT2: DecoderNetwork {
  let configuration: GPT2Configuration
  package let tokens: Embedding
  let positions: Embedding
  var layers: [Layer]
  let finalNorm: LayerNorm
  var head: Projection

  struct Layer: TunableLayer {
    let attentionNorm: LayerNorm
    var queryKeyValue: Projection
    var attention: CachedAttention
    var attentionOutput: Projection
    let feedForwardNorm: LayerNorm
    /// The feed-forward layer, width to hidden and back.
    var up, down: Projection
  }

  package var vocabularySize: Int { tokens.rows }
  package var maxPositions: Int? { positions.rows }

  // MARK: Forward

  package func states(_ rows: Tensor, starts: [Int], _ cache: inout DecoderCache) -> Tensor {
    var x = enter(rows, places: cache.places(starts: starts))
    for index in layers.indices {
      forward(
        layers[index], &x, starts: starts, shared: cache.shared[index], own: &cache.own[index])
    }
    return finalNorm(x)
  }

  func enter(_ rows: Tensor, places: [Int]) -> Tensor {
    var x = rows
    add(positions(places), to: &x)
    return x
  }

  private func forward(
    _ layer: Layer, _ x: inout Tensor, starts: [Int], shared: [[PackedKeyValues]],
    own: inout [PackedKeyValues]
  ) {
    let qkv = layer.queryKeyValue(layer.attentionNorm(x))
    let context = layer.attention(qkv, starts: starts, shared: shared, own: &own)
    layer.attentionOutput(context, addingTo: &x)
    let hidden = layer.up(layer.feedForwardNorm(x), configuration.activation)
    layer.down(hidden, addingTo: &x)
  }

  package func logits(_ states: Tensor) -> Tensor { head(states) }

  package func emptyCache(sequences: Int) -> DecoderCache {
    DecoderCache(
      layers: layers.count, keyHeads: configuration.headCount, headWidth: configuration.headWidth,
      sequences: sequences, places: prefixLength)
  }

  // MARK: Loading

  /// - Throws: `CheckpointError`, see `Decoders.load(folder:)`.
  init(
    _ file: ModelConfiguration, _ files: WeightFiles, _ precision: Precision = .float32
  ) throws {
    let configuration = try GPT2Configuration(file)
    let weights = NetworkWeights(files, prefixes: ["", "transformer."], precision)
    let (width, hidden) = (configuration.width, configuration.hiddenSize)
    @Sendable func map(_ name: String, from inputs: Int, to outputs: Int) throws -> Projection {
      try weights.projection([(name, outputs)], inputs: inputs, bias: true, transposed: true)
    }
    @Sendable func norm(_ name: String) throws -> LayerNorm {
      try weights.layerNorm(name, width: width, epsilon: configuration.epsilon)
    }
    @Sendable func layer(_ index: Int) throws -> Layer {
      try Layer(
        attentionNorm: norm("h.\(index).ln_1"),
        queryKeyValue: map("h.\(index).attn.c_attn", from: width, to: 3 * width),
        attention: configuration.attention(layer: index),
        attentionOutput: map("h.\(index).attn.c_proj", from: width, to: width),
        feedForwardNorm: norm("h.\(index).ln_2"),
        up: map("h.\(index).mlp.c_fc", from: width, to: hidden),
        down: map("h.\(index).mlp.c_proj", from: hidden, to: width))
    }
    self.configuration = configuration
    tokens = try weights.embedding("wte.weight", rows: weights.rows("wte.weight"), width: width)
    positions = try weights.embedding("wpe.weight", rows: weights.rows("wpe.weight"), width: width)
    layers = try Parallel.map(configuration.layerCount, layer)
    finalNorm = try norm("ln_f")
    head = try weights.head(tiedTo: tokens)
    try weights.requireAllTaken()
  }
}

/// The shape of a GPT-2, as `config.json` states it.
struct GPT2Configuration: Sendable {
  let width, hiddenSize, layerCount, headCount: Int
  let epsilon: Float
  let activation: Activation
  private let scalesByWidth, scalesByLayer: Bool

  init(_ file: ModelConfiguration) throws(CheckpointError) {
    width = try file.size("n_embd")
    hiddenSize = try file.size("n_inner", default: 4 * width)
    layerCount = try file.size("n_layer")
    headCount = try file.divisor("n_head", of: width)
    epsilon = Float(try file.number("layer_norm_epsilon", default: 1e-5))
    activation = try file.activation("activation_function", default: .geluTanh)
    scalesByWidth = try file.flag("scale_attn_weights", default: true)
    scalesByLayer = try file.flag("scale_attn_by_inverse_layer_idx", default: false)
  }

  var headWidth: Int { width / headCount }

  func attention(layer: Int) -> CachedAttention {
    let scale = scalesByWidth ? 1 / Float(headWidth).squareRoot() : 1
    return CachedAttention(
      .init(
        heads: headCount, headWidth: headWidth,
        scale: scalesByLayer ? scale / Float(layer + 1) : scale, causal: true))
  }
}
