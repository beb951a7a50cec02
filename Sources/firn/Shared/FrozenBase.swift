import Models

/// A frozen model with its tokenizer: what encoders, re-rankers and readers share.
struct FrozenBase: Sendable {
  let name: String
  let opened: EncoderFolder
  let tokenizer: WordPieceTokenizer

  /// - Throws: `CheckpointError` also for a model that only encoders can be made of.
  init(_ name: String) throws {
    let opened = try EncoderFolder(ModelFolder.resolve(name))
    guard let base = FrozenBase(name, opened) else {
      throw CheckpointError(
        file: opened.folder, expected: "a model with BERT's tokenizer",
        found: opened.tokenizer.kind.rawValue, hint: "this model can encode passages, no more")
    }
    self = base
  }

  /// nil for a model that only encoders can be made of.
  init?(_ name: String, _ opened: EncoderFolder) {
    guard let tokenizer = opened.tokenizer as? WordPieceTokenizer else { return nil }
    (self.name, self.opened, self.tokenizer) = (name, opened, tokenizer)
  }

  var network: BERT { opened.network }
  var sha256: String { opened.sha256 }
}
