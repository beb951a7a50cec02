/// A BERT's folder opened whole: the frozen network and the tokenizer that it was trained with.
struct EncoderFolder: Sendable {
  let checkpoint: Checkpoint
  let network: BERT
  let tokenizer: WordPieceTokenizer

  /// - Throws: `CheckpointError` or `TokenizerError` when a part is missing, broken or does not fit
  ///   the others, `FileError` when a file cannot be opened.
  init(_ folder: String) throws {
    checkpoint = try Checkpoint(folder: folder)
    network = try BERT.load(checkpoint)
    tokenizer = try WordPieceTokenizer(folder: folder)
    let rows = checkpoint.configuration.vocabularySize
    guard tokenizer.vocabularySize <= rows else {
      throw CheckpointError(
        file: folder, expected: "a tokenizer of at most \(rows) tokens, as the weights have",
        found: "\(tokenizer.vocabularySize)", hint: "files of two models?")
    }
  }

  /// About how many tokens a text will have: enough to form groups of like size before tokenizing.
  static func estimatedTokens(_ text: String) -> Int { text.utf8.count / 4 + 1 }
}
