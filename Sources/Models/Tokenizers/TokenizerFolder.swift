import Foundation

/// The tokenizer that lies in a model's folder.
package enum TokenizerFolder {
  /// - Throws: `TokenizerError` when there is none, or it cannot be read whole.
  package static func load(_ folder: String) throws -> any Tokenizer {
    let whole = folder + "/tokenizer.json"
    if FileManager.default.fileExists(atPath: whole) { return try load(tokenizerJSON: whole) }
    return try WordPieceTokenizer(folder: folder)
  }

  private static func load(tokenizerJSON path: String) throws -> any Tokenizer {
    let file = try TokenizerNode(file: path)
    return try PipelineTokenizer(file)
  }
}
