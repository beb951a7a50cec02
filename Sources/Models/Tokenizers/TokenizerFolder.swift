/// The tokenizer that lies in a model's folder.
package enum TokenizerFolder {
  /// - Throws: `TokenizerError` when there is none, or it cannot be read whole.
  package static func load(_ folder: String) throws -> any Tokenizer {
    try WordPieceTokenizer(folder: folder)
  }
}
