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
    _ file: ModelConfiguration, _ files: WeightFiles, _ precision: Precision = .float32
  ) throws {
    let configuration = try T5Configuration(file)
    let weights = NetworkWeights(files, prefixes: [""], precision)
    let (width, inner) = (configuration.width, configuration.headCount * configuration.headWidth)
    let hidden = configuration.hiddenSize
    let gated = weights.contains("encoder.block.0.layer.1.DenseReluDense.wi_0.weight")
    let activation = try configuration.activation(gated: gated)
    @Sendable func norm(_ name: String, scale: Float = 1) throws -> RMSNorm {
      let norm = try weights.rmsNorm(name, width: width, epsilon: configuration.epsilon)
      return scale == 1
        ? norm : RMSNorm(gain: norm.gain.map { $0 * scale }, epsilon: norm.epsilon)
    }
    @Sendable func inward(_ name: String, _ parts: String...) throws -> Projection {
      try weights.projection(
        parts.map { ("\(name).\($0)", inner) }, inputs: width, bias: false)
    }
    @Sendable func outward(_ name: String) throws -> Projection {
      try weights.projection([("\(name).o", width)], inputs: inner, bias: false)
    }
    @Sendable func feedForward(_ name: String) throws -> FeedForward {
      let dense = "\(name).DenseReluDense"
      let up = (gated ? ["wi_0", "wi_1"] : ["wi"]).map { ("\(dense).\($0)", hidden) }
      return try FeedForward(
        norm: norm("\(name).layer_norm"),
        up: weights.projection(up, inputs: width, bias: false),
        down: weights.projection([("\(dense).wo", width)], inputs: hidden, bias: false),
        gated: gated, activation: activation)
    }
    @Sendable func encoderLayer(_ index: Int) throws -> EncoderLayer {
      let name = "encoder.block.\(index).layer"
      return try EncoderLayer(
        attentionNorm: norm("\(name).0.layer_norm"),
        queryKeyValue: inward("\(name).0.SelfAttention", "q", "k", "v"),
        attentionOutput: outward("\(name).0.SelfAttention"), feedForward: feedForward("\(name).1"))
    }
    @Sendable func decoderLayer(_ index: Int) throws -> DecoderLayer {
      let name = "decoder.block.\(index).layer"
      return try DecoderLayer(
        attentionNorm: norm("\(name).0.layer_norm"),
        queryKeyValue: inward("\(name).0.SelfAttention", "q", "k", "v"),
        attentionOutput: outward("\(name).0.SelfAttention"),
        crossNorm: norm("\(name).1.layer_norm"),
        crossQuery: inward("\(name).1.EncDecAttention", "q"),
        crossKeyValue: inward("\(name).1.EncDecAttention", "k", "v"),
        crossOutput: outward("\(name).1.EncDecAttention"), feedForward: feedForward("\(name).2"))
    }
    func bias(_ stack: String) throws -> [Float] {
      let name = "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight"
      return try weights.embedding(
        name, rows: configuration.positions.buckets, width: configuration.headCount
      ).table.copy()
    }
    self.configuration = configuration
    tokens = try Self.embeddings(weights, width: width)
    encoder = try Parallel.map(configuration.encoderLayers, encoderLayer)
    decoder = try Parallel.map(configuration.decoderLayers, decoderLayer)
    encoderBias = try bias("encoder")
    decoderBias = try bias("decoder")
    encoderNorm = try norm("encoder.final_layer_norm")
    let scales = try configuration.scalesOutputs(
      tied: Self.isTied(files, to: tokens))
    // Scaling the states is scaling their norm's gain.
    decoderNorm = try norm(
      "decoder.final_layer_norm", scale: scales ? 1 / Float(width).squareRoot() : 1)
    head = try weights.head(tiedTo: tokens)
    try weights.requireAllTaken()
  }

  /// The table that encoder and decoder share, under whichever of its names it is stored.
  private static func embeddings(_ weights: NetworkWeights, width: Int) throws -> Embedding {
    let names = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
      .filter(weights.contains)
    // The first transformer layers of old files carry a bias that no layer reads.
    let stray = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
    if weights.contains(stray) { _ = try weights.rows(stray) }
    let rows = try (names.isEmpty ? ["shared.weight"] : names).map(weights.rows)
    return try weights.embedding(names[0], rows: rows[0], width: width)
  }

  /// Whether no head is stored, or one that repeats the embeddings.
  private static func isTied(_ files: WeightFiles, to tokens: Embedding) -> Bool {
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
