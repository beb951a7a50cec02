import Foundation

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
  package init(path: String) throws {
    let json = try JSON(file: path)
    func size(_ key: String, default fallback: Int? = nil) throws(CheckpointError) -> Int {
      // The bound keeps products of two sizes far from overflow.
      if let size = json[key]?.integer ?? fallback, (1...1 << 24).contains(size) { return size }
      throw CheckpointError(
        file: path, expected: "\(key): a positive whole number",
        found: json[key]?.summary ?? "none", hint: "not the configuration of a BERT")
    }
    let width = try size("hidden_size")
    let heads = try size("num_attention_heads")
    guard width % heads == 0 else {
      throw CheckpointError(
        file: path, expected: "num_attention_heads that divides hidden_size \(width)",
        found: "\(heads)")
    }
    let labels = json["id2label"]?.members?.count
    self.init(
      modelType: json["model_type"]?.string ?? "bert",
      architectures: (json["architectures"]?.elements ?? []).compactMap(\.string),
      hiddenSize: width, layerCount: try size("num_hidden_layers"), headCount: heads,
      intermediateSize: try size("intermediate_size"), vocabularySize: try size("vocab_size"),
      maxPositions: try size("max_position_embeddings"),
      segmentCount: try size("type_vocab_size", default: 2),
      layerNormEpsilon: Float(json["layer_norm_eps"]?.number ?? 1e-12),
      activation: json["hidden_act"]?.string ?? "gelu",
      labelCount: try size("num_labels", default: labels ?? 2))
  }
}

extension JSON {
  /// Reads a file of JSON that belongs to a model.
  init(file path: String) throws(CheckpointError) {
    let bytes: [UInt8]
    do {
      bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CheckpointError(
        file: path, expected: "a readable file", found: error.localizedDescription)
    }
    do {
      try self.init(bytes)
    } catch {
      throw CheckpointError(
        file: path, expected: "\(error.expected) at byte \(error.offset)", found: error.found,
        hint: "not JSON")
    }
  }
}
