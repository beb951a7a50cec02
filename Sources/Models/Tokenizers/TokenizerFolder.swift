import Foundation

/// The tokenizer that lies in a model's folder.
package enum TokenizerFolder {
  /// Reads `tokenizer.json`, or else a SentencePiece model, `vocab.json` with `merges.txt`, or
  /// `vocab.txt`, whichever is there first.
  /// - Throws: `TokenizerError` when there is none, or it cannot be read whole.
  package static func load(_ folder: String) throws(TokenizerError) -> any Tokenizer {
    func path(_ name: String) -> String? {
      let path = "\(folder)/\(name)"
      return FileManager.default.fileExists(atPath: path) ? path : nil
    }
    if let whole = path("tokenizer.json") { return try load(tokenizerJSON: whole) }
    let settings = try TokenizerSettings(folder: folder)
    for name in ["spiece.model", "tokenizer.model", "sentencepiece.bpe.model"] {
      if let pieces = path(name) {
        return try PipelineTokenizer(sentencePiece: pieces, settings: settings)
      }
    }
    if let vocabulary = path("vocab.json"), let merges = path("merges.txt") {
      return try PipelineTokenizer(vocabulary: vocabulary, merges: merges, settings: settings)
    }
    if let vocabulary = path("vocab.txt") {
      return try WordPieceTokenizer(
        vocabulary: vocabulary, settings: "\(folder)/tokenizer_config.json")
    }
    throw TokenizerError(
      "no tokenizer", file: folder,
      expected: "tokenizer.json, spiece.model, vocab.json and merges.txt, or vocab.txt",
      found: "none of them")
  }

  /// BERT's pipeline has a faster reader of its own.
  private static func load(tokenizerJSON path: String) throws(TokenizerError) -> any Tokenizer {
    let file = try TokenizerNode(file: path)
    return isBERT(file) ? try WordPieceTokenizer(tokenizerJSON: path) : try PipelineTokenizer(file)
  }

  /// Whether the file says in every part what `WordPieceTokenizer` does.
  private static func isBERT(_ file: TokenizerNode) -> Bool {
    let model = file["model"]
    let types = ["normalizer", "pre_tokenizer", "decoder"].map { file[$0]?["type"]?.json.string }
    let added = file["added_tokens"]?.json.elements ?? []
    return model?["type"]?.json.string ?? "WordPiece" == "WordPiece"
      && model?["merges"] == nil && model?["unk_id"] == nil
      && model?["continuing_subword_prefix"]?.json.string ?? "##" == "##"
      && types == ["BertNormalizer", "BertPreTokenizer", "WordPiece"]
      && file["normalizer"]?["clean_text"]?.json.bool ?? true
      && file["decoder"]?["prefix"]?.json.string == "##"
      && file["decoder"]?["cleanup"]?.json.bool ?? true
      && frames(file["post_processor"])
      && added.allSatisfy { token in
        token["special"] == .bool(true)
          && ["normalized", "single_word", "lstrip", "rstrip"].allSatisfy {
            token[$0] ?? .bool(false) == .bool(false)
          }
      }
  }

  /// Whether the post-processor puts [CLS] and [SEP] around a text.
  private static func frames(_ node: TokenizerNode?) -> Bool {
    switch node?["type"]?.json.string {
    case "BertProcessing":
      let ends = ["cls", "sep"].map { node?[$0]?.json.elements?.first?.string }
      return ends == ["[CLS]", "[SEP]"]
    case "TemplateProcessing":
      let pieces = node?["single"]?.json.elements ?? []
      let ends = [pieces.first, pieces.last].map { $0?["SpecialToken"]?["id"]?.string }
      return pieces.count == 3 && pieces[1]["Sequence"] != nil && ends == ["[CLS]", "[SEP]"]
    default: return false
    }
  }
}
