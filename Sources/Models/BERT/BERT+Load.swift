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
    let width = configuration.hiddenSize
    @Sendable func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(
        gain: checkpoint.tensor("\(name).weight", shape: [width]),
        bias: checkpoint.tensor("\(name).bias", shape: [width]),
        epsilon: configuration.layerNormEpsilon)
    }
    @Sendable func table(_ name: String, rows: Int) throws -> FloatTable {
      try checkpoint.table("embeddings.\(name)_embeddings.weight", shape: [rows, width])
    }
    @Sendable func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws -> Linear {
      try Linear(
        weight: checkpoint.table("\(name).weight", shape: [outputs, inputs]), outputs: outputs,
        inputs: inputs, bias: checkpoint.tensor("\(name).bias", shape: [outputs]))
    }
    @Sendable func layer(_ index: Int) throws -> Layer {
      let name = "encoder.layer.\(index)"
      let hidden = configuration.intermediateSize
      return try Layer(
        query: linear("\(name).attention.self.query", width, width),
        key: linear("\(name).attention.self.key", width, width),
        value: linear("\(name).attention.self.value", width, width),
        attentionOutput: linear("\(name).attention.output.dense", width, width),
        attentionNorm: norm("\(name).attention.output.LayerNorm"),
        up: linear("\(name).intermediate.dense", hidden, width),
        down: linear("\(name).output.dense", width, hidden),
        outputNorm: norm("\(name).output.LayerNorm"))
    }
    return try BERT(
      configuration: configuration,
      embeddings: Embeddings(
        word: table("word", rows: configuration.vocabularySize),
        position: table("position", rows: configuration.maxPositions),
        segment: table("token_type", rows: configuration.segmentCount),
        norm: norm("embeddings.LayerNorm")),
      layers: Parallel.map(configuration.layerCount, layer))
  }

  /// The tensors of these relatives have BERT's names and shapes, so that only the configuration
  /// tells them from it.
  private static func requireSupported(_ checkpoint: Checkpoint) throws {
    let configuration = checkpoint.configuration
    let relative = "encoder.layer.0.attention.self.distance_embedding.weight"
    let facts = [
      (["bert", "dpr"].contains(configuration.modelType), "bert", configuration.modelType),
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
