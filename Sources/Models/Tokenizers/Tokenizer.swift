/// What splits a text into a model's tokens and puts tokens together again.
///
/// Ids and texts are those of HuggingFace `tokenizers` for the same files.
package protocol Tokenizer: Sendable {
  var kind: TokenizerKind { get }

  /// One more than the largest id. Fewer ids than this may be in use.
  var vocabularySize: Int { get }

  /// The spelling of an id in the tokenizer's own alphabet, or nil when no token has it.
  func token(_ id: Int32) -> String?

  /// The id of a token spelled like that, in the tokenizer's own alphabet.
  func id(of token: String) -> Int32?

  /// Whether an id frames or steers a text (`</s>`) and is left out of decoded text.
  func isSpecial(_ id: Int32) -> Bool

  /// The tokens of a text, with or without those that the model expects around it.
  func encode(_ text: String, addingSpecialTokens: Bool) -> Encoding

  /// The text of some tokens; ids that no token has are left out.
  func decode(_ ids: [Int32], skippingSpecialTokens: Bool) -> String

  /// The tokens that the model expects around a text.
  var frame: (before: [Int32], after: [Int32]) { get }
}

extension Tokenizer {
  package var frame: (before: [Int32], after: [Int32]) { ([], []) }

  package func encode(_ text: String) -> Encoding { encode(text, addingSpecialTokens: false) }

  package func decode(_ ids: [Int32]) -> String { decode(ids, skippingSpecialTokens: true) }
}

/// How a tokenizer comes by its tokens.
package enum TokenizerKind: String, Sendable {
  case wordPiece = "WordPiece"
  case wordLevel = "WordLevel"
  case unigram = "Unigram"
  case bytePairs = "BPE"
  case byteLevelBytePairs = "byte-level BPE"
  case byteFallbackBytePairs = "BPE with byte fallback"
}
