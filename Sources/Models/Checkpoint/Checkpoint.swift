import Native

/// A BERT's folder: its configuration, and its weights under the encoder's own names.
package struct Checkpoint: Sendable {
  package let configuration: BERTConfiguration
  package let weights: WeightFiles

  /// Opens a folder; no weight is read before it is asked for.
  /// - Throws: `CheckpointError` when a part is missing or broken, `FileError` when it cannot be
  ///   opened.
  package init(folder: String) throws {
    configuration = try BERTConfiguration(path: folder + "/config.json")
    weights = try WeightFiles(folder: folder)
  }

  package var folder: String { weights.folder }

  /// The files that hold the weights, in the order of their names.
  package var weightFiles: [String] { weights.paths }

  /// All stored tensors, in alphabetical order, under their stored names.
  package var names: [String] { weights.names }

  package func contains(_ name: String) -> Bool { storedName(name) != nil }

  package func shape(of name: String) -> [Int]? {
    storedName(name).flatMap(weights.shape(of:))
  }

  /// A copy of a tensor's numbers, row-major.
  ///
  /// `name` is the encoder's own, such as `encoder.layer.0.output.LayerNorm.weight`; the prefix
  /// that a classifier or a dual encoder puts before it and old names of LayerNorm are tried too.
  /// - Throws: `CheckpointError` when it is missing, has another shape or is not finite.
  package func tensor(_ name: String, shape: [Int]) throws -> [Float] {
    try weights.tensor(storedName(name) ?? name, shape: shape)
  }

  /// A tensor that stays in its file where the stored form allows it.
  /// - Throws: as `tensor(_:shape:)`.
  package func table(_ name: String, shape: [Int]) throws -> FloatTable {
    try weights.table(storedName(name) ?? name, shape: shape)
  }

  private func storedName(_ name: String) -> String? {
    weights.storedName(name, prefixes: Self.prefixes)
      ?? weights.storedName(Self.oldName(name), prefixes: Self.prefixes)
  }

  /// Prefixes of the encoder's tensors: none, classifiers, DPR's two encoders.
  private static let prefixes = [
    "", "bert.", "roberta.", "distilbert.", "mpnet.", "question_encoder.bert_model.",
    "ctx_encoder.bert_model.",
  ]

  /// TensorFlow's names for LayerNorm's parameters, found in files converted early on.
  private static func oldName(_ name: String) -> String {
    name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
      .replacing("LayerNorm.bias", with: "LayerNorm.beta")
  }
}
