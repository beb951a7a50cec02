import Native
import Tensors

extension BERT {
  /// The frozen network of a checkpoint, its tables mapped, its matrices packed.
  ///
  /// - Throws: `CheckpointError` when a tensor is missing or has another shape, or when the
  ///   checkpoint is a relative of BERT that computes something else.
  package static func load(_ checkpoint: Checkpoint) throws -> BERT {
    try requireSupported(checkpoint)
    let configuration = checkpoint.configuration
    let names = LayerNames(configuration.family)
    let width = configuration.hiddenSize
    let hidden = configuration.intermediateSize
    @Sendable func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(
        gain: checkpoint.tensor("\(name).weight", shape: [width]),
        bias: checkpoint.tensor("\(name).bias", shape: [width]),
        epsilon: configuration.layerNormEpsilon)
    }
    @Sendable func layer(_ index: Int) throws -> Layer {
      let name = names.layer + "\(index)."
      func square(_ part: String) throws -> Linear {
        try checkpoint.linear(name + part, outputs: width, inputs: width)
      }
      return try Layer(
        query: square(names.query), key: square(names.key), value: square(names.value),
        attentionOutput: square(names.attentionOutput), attention: attention(configuration),
        attentionNorm: norm(name + names.attentionNorm),
        up: checkpoint.linear(name + names.up, outputs: hidden, inputs: width),
        down: checkpoint.linear(name + names.down, outputs: width, inputs: hidden),
        outputNorm: norm(name + names.outputNorm))
    }
    return try BERT(
      configuration: configuration,
      embeddings: embeddings(checkpoint, norm: norm("embeddings.LayerNorm")),
      layers: Parallel.map(configuration.layerCount, layer), distances: distances(checkpoint))
  }

  private static func attention(_ configuration: BERTConfiguration) -> CachedAttention {
    let width = configuration.hiddenSize / configuration.headCount
    return CachedAttention(
      .init(
        heads: configuration.headCount, headWidth: width, scale: 1 / Float(width).squareRoot(),
        causal: false))
  }

  private static func embeddings(_ checkpoint: Checkpoint, norm: LayerNorm) throws -> Embeddings {
    let configuration = checkpoint.configuration
    let width = configuration.hiddenSize
    func table(_ name: String, rows: Int) throws -> FloatTable {
      try checkpoint.table("embeddings.\(name)_embeddings.weight", shape: [rows, width])
    }
    let positions = configuration.firstPosition + configuration.maxPositions
    return try Embeddings(
      word: table("word", rows: configuration.vocabularySize),
      position: table("position", rows: positions),
      segment: configuration.segmentCount > 0
        ? table("token_type", rows: configuration.segmentCount)
        : FloatTable([Float](repeating: 0, count: width)),
      paddingID: configuration.paddingID, norm: norm)
  }

  private static func distances(_ checkpoint: Checkpoint) throws -> DistanceBias? {
    let configuration = checkpoint.configuration
    let (buckets, heads) = (configuration.distanceBuckets, configuration.headCount)
    if buckets == 0 { return nil }
    let table = try checkpoint.tensor(
      "encoder.relative_attention_bias.weight", shape: [buckets, heads])
    return DistanceBias(
      positions: RelativePositions(buckets: buckets, farthest: 128),
      table: DistanceTable(values: table, heads: heads))
  }

  /// The tensors of these relatives have BERT's names and shapes, so that only the configuration
  /// tells them from it.
  private static func requireSupported(_ checkpoint: Checkpoint) throws {
    let configuration = checkpoint.configuration
    let relative = "encoder.layer.0.attention.self.distance_embedding.weight"
    let facts = [
      (configuration.activation == "gelu", "hidden_act gelu", configuration.activation),
      (!checkpoint.contains(relative), "absolute positions", "relative ones"),
    ]
    for (holds, expected, found) in facts where !holds {
      throw CheckpointError(
        file: checkpoint.folder + "/config.json", expected: expected, found: found,
        hint: "this kind of model is not supported")
    }
  }
}

extension Checkpoint {
  /// The map of `NAME.weight` and `NAME.bias`.
  func linear(_ name: String, outputs: Int, inputs: Int) throws -> Linear {
    try Linear(
      weight: table("\(name).weight", shape: [outputs, inputs]), outputs: outputs, inputs: inputs,
      bias: tensor("\(name).bias", shape: [outputs]))
  }
}

/// What a family calls the parts of a layer.
private struct LayerNames {
  var layer = "encoder.layer."
  var query = "attention.self.query"
  var key = "attention.self.key"
  var value = "attention.self.value"
  var attentionOutput = "attention.output.dense"
  var attentionNorm = "attention.output.LayerNorm"
  var up = "intermediate.dense"
  var down = "output.dense"
  var outputNorm = "output.LayerNorm"

  init(_ family: BERTFamily) {
    switch family {
    case .bert, .roberta: break
    case .distilBERT:
      layer = "transformer.layer."
      (query, key, value) = ("attention.q_lin", "attention.k_lin", "attention.v_lin")
      (attentionOutput, attentionNorm) = ("attention.out_lin", "sa_layer_norm")
      (up, down, outputNorm) = ("ffn.lin1", "ffn.lin2", "output_layer_norm")
    case .mpnet:
      (query, key, value) = ("attention.attn.q", "attention.attn.k", "attention.attn.v")
      (attentionOutput, attentionNorm) = ("attention.attn.o", "attention.LayerNorm")
    }
  }
}
