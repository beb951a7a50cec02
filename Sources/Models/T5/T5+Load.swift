import Native
import Tensors

extension T5 {
  /// HuggingFace's names of the architectures that this network is.
  package static let modelTypes = ["t5", "mt5"]

  /// The frozen network of a model folder.
  ///
  /// - Throws: `CheckpointError` when the configuration or a tensor is missing, of another shape or
  ///   not finite, or when a tensor is left over; `FileError` when a file cannot be opened.
  package static func load(folder: String, _ precision: Precision = .float32) throws -> T5 {
    try T5(
      ModelConfiguration(path: folder + "/config.json"), WeightFiles(folder: folder), precision)
  }

  init(
    _ file: ModelConfiguration, _ files: any WeightSource, _ precision: Precision = .float32
  ) throws {
    let weights = NetworkWeights(files, prefixes: [""], precision)
    let parts = try T5Parts(T5Configuration(file), weights)
    let configuration = parts.configuration
    encoder = try T5Encoder(parts)
    @Sendable func decoderLayer(_ index: Int) throws -> DecoderLayer {
      let name = "decoder.block.\(index).layer"
      return try DecoderLayer(
        attentionNorm: parts.norm("\(name).0.layer_norm"),
        queryKeyValue: parts.inward("\(name).0.SelfAttention", "q", "k", "v"),
        attentionOutput: parts.outward("\(name).0.SelfAttention"),
        attention: configuration.attention(causal: true),
        crossNorm: parts.norm("\(name).1.layer_norm"),
        crossQuery: parts.inward("\(name).1.EncDecAttention", "q"),
        crossKeyValue: parts.inward("\(name).1.EncDecAttention", "k", "v"),
        crossOutput: parts.outward("\(name).1.EncDecAttention"),
        crossAttention: configuration.attention(causal: false),
        feedForward: parts.feedForward("\(name).2"))
    }
    decoder = try Parallel.map(configuration.decoderLayers, decoderLayer)
    decoderBias = try parts.bias("decoder")
    let tokens = encoder.tokens
    let scales = try configuration.scalesOutputs(tied: Self.isTied(files, to: tokens))
    // Scaling the states is scaling their norm's gain.
    decoderNorm = try parts.norm(
      "decoder.final_layer_norm", scale: scales ? 1 / Float(tokens.width).squareRoot() : 1)
    head = try weights.head(tiedTo: tokens)
    // The first transformer layers of old files carry a bias that no layer reads.
    let stray = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
    if weights.contains(stray) { _ = try weights.rows(stray) }
    try weights.requireAllTaken()
  }

  /// Whether no head is stored, or one that repeats the embeddings.
  private static func isTied(_ files: any WeightSource, to tokens: Embedding) -> Bool {
    guard files.contains("lm_head.weight") else { return true }
    guard
      let head = try? files.storedTable("lm_head.weight", shape: [tokens.rows, tokens.width])
    else { return false }
    return (0..<tokens.rows).allSatisfy { row in
      let range = row * tokens.width..<(row + 1) * tokens.width
      return head.withFloats(range) { head in
        tokens.table.withFloats(range) { table in
          head.indices.allSatisfy { head[$0] == table[$0] }
        }
      }
    }
  }
}

extension T5Encoder {
  /// The frozen encoder of a model folder, which may hold a decoder too.
  ///
  /// - Throws: as `T5.load(folder:)`, and `CheckpointError` for another architecture.
  package static func load(folder: String, _ precision: Precision = .float32) throws -> T5Encoder {
    let file = try ModelConfiguration(path: folder + "/config.json")
    guard let type = file.modelType, T5.modelTypes.contains(type) else {
      throw file.wrong("model_type", "one of \(T5.modelTypes.joined(separator: ", "))")
    }
    let weights = try NetworkWeights(WeightFiles(folder: folder), prefixes: [""], precision)
    let encoder = try T5Encoder(T5Parts(T5Configuration(file), weights))
    try weights.requireAllTaken(beside: ["decoder.", "lm_head."])
    return encoder
  }

  fileprivate init(_ parts: T5Parts) throws {
    configuration = parts.configuration
    tokens = try parts.embeddings()
    layers = try Parallel.map(parts.configuration.encoderLayers) { index in
      let name = "encoder.block.\(index).layer"
      return try Layer(
        attentionNorm: parts.norm("\(name).0.layer_norm"),
        queryKeyValue: parts.inward("\(name).0.SelfAttention", "q", "k", "v"),
        attentionOutput: parts.outward("\(name).0.SelfAttention"),
        attention: parts.configuration.attention(causal: false),
        feedForward: parts.feedForward("\(name).1"))
    }
    bias = try parts.bias("encoder")
    norm = try parts.norm("encoder.final_layer_norm")
  }
}

/// What the layers of both stacks consist of.
private struct T5Parts: Sendable {
  let configuration: T5Configuration
  private let weights: NetworkWeights
  private let gated: Bool
  private let activation: Activation

  init(_ configuration: T5Configuration, _ weights: NetworkWeights) throws {
    self.configuration = configuration
    self.weights = weights
    gated = weights.contains("encoder.block.0.layer.1.DenseReluDense.wi_0.weight")
    activation = try configuration.activation(gated: gated)
  }

  private var inner: Int { configuration.headCount * configuration.headWidth }

  func norm(_ name: String, scale: Float = 1) throws -> RMSNorm {
    let norm = try weights.rmsNorm(
      name, width: configuration.width, epsilon: configuration.epsilon)
    return scale == 1 ? norm : norm.scaled(by: scale)
  }

  func inward(_ name: String, _ parts: String...) throws -> Projection {
    try weights.projection(
      parts.map { ("\(name).\($0)", inner) }, inputs: configuration.width, bias: false)
  }

  func outward(_ name: String) throws -> Projection {
    try weights.projection([("\(name).o", configuration.width)], inputs: inner, bias: false)
  }

  func feedForward(_ name: String) throws -> T5.FeedForward {
    let dense = "\(name).DenseReluDense"
    let (width, hidden) = (configuration.width, configuration.hiddenSize)
    let up = (gated ? ["wi_0", "wi_1"] : ["wi"]).map { ("\(dense).\($0)", hidden) }
    return try T5.FeedForward(
      norm: norm("\(name).layer_norm"),
      up: weights.projection(up, inputs: width, bias: false),
      down: weights.projection([("\(dense).wo", width)], inputs: hidden, bias: false),
      gated: gated, activation: activation)
  }

  func bias(_ stack: String) throws -> DistanceTable {
    let table = try weights.embedding(
      "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight",
      rows: configuration.positions.buckets, width: configuration.headCount)
    return DistanceTable(
      values: table.table.copy(), heads: configuration.headCount, place: table.place)
  }

  /// The table that encoder and decoder share, under whichever of its names it is stored.
  func embeddings() throws -> Embedding {
    let names = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
      .filter(weights.contains)
    let rows = try (names.isEmpty ? ["shared.weight"] : names).map(weights.rows)
    return try weights.embedding(names[0], rows: rows[0], width: configuration.width)
  }
}
