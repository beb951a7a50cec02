/// The shape of a BERT, as `config.json` states it.
package struct BERTConfiguration: Equatable, Sendable {
  package let modelType: String
  package let architectures: [String]
  /// Width of a token vector.
  package let hiddenSize: Int
  package let layerCount: Int
  package let headCount: Int
  /// Width inside the feed-forward layers.
  package let intermediateSize: Int
  package let vocabularySize: Int
  /// The longest text in tokens.
  package let maxPositions: Int
  package let segmentCount: Int
  package let layerNormEpsilon: Float
  /// The activation's name: "gelu" is the exact (erf) one.
  package let activation: String
  /// Outputs of the classification head where there is one.
  package let labelCount: Int

  package init(
    modelType: String = "bert", architectures: [String] = ["BertModel"], hiddenSize: Int,
    layerCount: Int, headCount: Int, intermediateSize: Int, vocabularySize: Int, maxPositions: Int,
    segmentCount: Int = 2, layerNormEpsilon: Float = 1e-12, activation: String = "gelu",
    labelCount: Int = 2
  ) {
    precondition(
      hiddenSize % headCount == 0,
      "expected a width that \(headCount) heads divide, found \(hiddenSize)")
    self.modelType = modelType
    self.architectures = architectures
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.intermediateSize = intermediateSize
    self.vocabularySize = vocabularySize
    self.maxPositions = maxPositions
    self.segmentCount = segmentCount
    self.layerNormEpsilon = layerNormEpsilon
    self.activation = activation
    self.labelCount = labelCount
  }

  /// Reads `config.json`.
  /// - Throws: `CheckpointError` when it is no JSON, lacks a size or has an impossible one.
  package init(path: String) throws(CheckpointError) {
    let file = try ModelConfiguration(path: path)
    let width = try file.size("hidden_size")
    let heads = try file.size("num_attention_heads")
    guard width % heads == 0 else {
      throw file.wrong("num_attention_heads", "a divisor of hidden_size \(width)")
    }
    self.init(
      modelType: file.modelType ?? "bert", architectures: file.architectures, hiddenSize: width,
      layerCount: try file.size("num_hidden_layers"), headCount: heads,
      intermediateSize: try file.size("intermediate_size"),
      vocabularySize: try file.size("vocab_size"),
      maxPositions: try file.size("max_position_embeddings"),
      segmentCount: try file.size("type_vocab_size", default: 2),
      layerNormEpsilon: Float(file.json["layer_norm_eps"]?.number ?? 1e-12),
      activation: file.json["hidden_act"]?.string ?? "gelu",
      labelCount: try file.size("num_labels", default: file.json["id2label"]?.members?.count ?? 2))
  }
}
