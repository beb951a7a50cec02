import Native
import Tensors

/// The OPT decoder, every weight frozen: learned positions, LayerNorm before each part (after it in
/// the 350m model) and one activation between two maps.
///
/// Read from the top: embeddings, then for each layer attention and feed-forward, each added to its
/// input. OPT-IML and Galactica are OPTs too.
///
/// - Source: Zhang et al. 2022, arXiv:2205.01068; tensor names as HuggingFace saves them.
package struct OPT: DecoderNetwork {
  let configuration: OPTConfiguration
  package let tokens: Embedding
  /// Two rows come before the first place: positions once counted from the padding token's id on.
  let positions: Embedding
  /// Between the embeddings' width and the layers', where they differ.
  var projectIn, projectOut: Projection?
  var layers: [Layer]
  let finalNorm: LayerNorm?
  var head: Projection

  struct Layer: TunableLayer {
    var queryKeyValue, attentionOutput: Projection
    var attention: CachedAttention
    let attentionNorm: LayerNorm
    /// The feed-forward layer, width to hidden and back.
    var up, down: Projection
    let feedForwardNorm: LayerNorm
  }

  package var vocabularySize: Int { tokens.rows }
  package var maxPositions: Int? { positions.rows - Self.positionOffset }
  static let positionOffset = 2

  // MARK: Forward

  package func states(_ rows: Tensor, starts: [Int], _ cache: inout DecoderCache) -> Tensor {
    var x = enter(rows, places: cache.places(starts: starts))
    for index in layers.indices {
      forward(
        layers[index], &x, starts: starts, shared: cache.shared[index], own: &cache.own[index])
    }
    if let finalNorm { x = finalNorm(x) }
    return projectOut?(x) ?? x
  }

  func enter(_ rows: Tensor, places: [Int]) -> Tensor {
    var x = projectIn?(rows) ?? rows
    add(positions(places.map { $0 + Self.positionOffset }), to: &x)
    return x
  }

  private func forward(
    _ layer: Layer, _ x: inout Tensor, starts: [Int], shared: [[PackedKeyValues]],
    own: inout [PackedKeyValues]
  ) {
    let normFirst = configuration.normFirst
    let qkv = layer.queryKeyValue(normFirst ? layer.attentionNorm(x) : x)
    let context = layer.attention(qkv, starts: starts, shared: shared, own: &own)
    layer.attentionOutput(context, addingTo: &x)
    if !normFirst { x = layer.attentionNorm(x) }
    let hidden = layer.up(normFirst ? layer.feedForwardNorm(x) : x, configuration.activation)
    layer.down(hidden, addingTo: &x)
    if !normFirst { x = layer.feedForwardNorm(x) }
  }

  package func logits(_ states: Tensor) -> Tensor { head(states) }

  package func emptyCache(sequences: Int) -> DecoderCache {
    let how = configuration.attention.how
    return DecoderCache(
      layers: layers.count, keyHeads: how.keyHeads, headWidth: how.headWidth, sequences: sequences,
      places: prefixLength)
  }

  // MARK: Loading

  /// - Throws: `CheckpointError`, see `Decoders.load(folder:)`.
  init(
    _ file: ModelConfiguration, _ files: WeightFiles, _ precision: Precision = .float32
  ) throws {
    let configuration = try OPTConfiguration(file)
    let weights = NetworkWeights(files, prefixes: ["", "model."], precision)
    let (width, hidden) = (configuration.width, configuration.hiddenSize)
    let (embedded, bias) = (configuration.embeddingWidth, configuration.hasBias)
    @Sendable func map(_ name: String, from inputs: Int, to outputs: Int) throws -> Projection {
      try weights.projection([(name, outputs)], inputs: inputs, bias: bias)
    }
    @Sendable func norm(_ name: String) throws -> LayerNorm {
      try weights.layerNorm(name, width: width, epsilon: 1e-5)
    }
    @Sendable func layer(_ index: Int) throws -> Layer {
      let name = "decoder.layers.\(index)"
      let inner = ["q_proj", "k_proj", "v_proj"].map { ("\(name).self_attn.\($0)", width) }
      return try Layer(
        queryKeyValue: weights.projection(inner, inputs: width, bias: bias),
        attentionOutput: map("\(name).self_attn.out_proj", from: width, to: width),
        attention: configuration.attention,
        attentionNorm: norm("\(name).self_attn_layer_norm"),
        up: map("\(name).fc1", from: width, to: hidden),
        down: map("\(name).fc2", from: hidden, to: width),
        feedForwardNorm: norm("\(name).final_layer_norm"))
    }
    func projection(_ name: String, from inputs: Int, to outputs: Int) throws -> Projection? {
      guard embedded != width else { return nil }
      return try weights.projection([(name, outputs)], inputs: inputs, bias: false)
    }
    self.configuration = configuration
    tokens = try weights.embedding(
      "decoder.embed_tokens.weight", rows: weights.rows("decoder.embed_tokens.weight"),
      width: embedded)
    positions = try weights.embedding(
      "decoder.embed_positions.weight", rows: weights.rows("decoder.embed_positions.weight"),
      width: width)
    projectIn = try projection("decoder.project_in", from: embedded, to: width)
    projectOut = try projection("decoder.project_out", from: width, to: embedded)
    layers = try Parallel.map(configuration.layerCount, layer)
    finalNorm = try configuration.hasFinalNorm ? norm("decoder.final_layer_norm") : nil
    head = try weights.head(tiedTo: tokens)
    try weights.requireAllTaken()
  }
}

/// The shape of an OPT, as `config.json` states it.
struct OPTConfiguration: Sendable {
  let width, embeddingWidth, hiddenSize, layerCount: Int
  let attention: CachedAttention
  let activation: Activation
  /// Whether LayerNorm comes before attention and feed-forward rather than after.
  let normFirst: Bool
  let hasFinalNorm, hasBias: Bool

  init(_ file: ModelConfiguration) throws(CheckpointError) {
    width = try file.size("hidden_size")
    embeddingWidth = try file.size("word_embed_proj_dim", default: width)
    hiddenSize = try file.size("ffn_dim")
    layerCount = try file.size("num_hidden_layers")
    let heads = try file.divisor("num_attention_heads", of: width)
    let headWidth = width / heads
    attention = CachedAttention(
      .init(
        heads: heads, headWidth: headWidth, scale: 1 / Float(headWidth).squareRoot(), causal: true))
    activation = try file.activation("activation_function", default: .relu)
    normFirst = try file.flag("do_layer_norm_before", default: true)
    // Files tuned with an early version of the library say that they do without.
    let removed = try file.flag("_remove_final_layer_norm", default: false)
    hasFinalNorm = normFirst && !removed
    hasBias = try file.flag("enable_bias", default: true)
  }
}
