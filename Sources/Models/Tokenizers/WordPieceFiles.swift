import Foundation

extension WordPieceTokenizer {
  /// Reads the tokenizer of a model folder: `tokenizer.json`, or else `vocab.txt`.
  /// - Throws: `TokenizerError` when neither is there or it is not a BERT tokenizer.
  package init(folder: String) throws {
    let whole = folder + "/tokenizer.json"
    let vocabulary = folder + "/vocab.txt"
    if FileManager.default.fileExists(atPath: whole) {
      try self.init(tokenizerJSON: whole)
    } else if FileManager.default.fileExists(atPath: vocabulary) {
      try self.init(vocabulary: vocabulary, settings: folder + "/tokenizer_config.json")
    } else {
      throw TokenizerError(
        "no tokenizer", file: folder, expected: "tokenizer.json or vocab.txt", found: "neither")
    }
  }

  /// Reads the whole tokenizer from HuggingFace's `tokenizer.json`. Its truncation, padding and
  /// template are not used: those who encode know their lengths.
  package init(tokenizerJSON path: String) throws(TokenizerError) {
    let file = TokenizerFile(path: path, json: try TokenizerNode(file: path).json)
    let model = file.json["model"]
    try self.init(
      tokens: file.tokens(), addedTokens: file.added().map(\.token),
      special: SpecialTokens(unk: model?["unk_token"]?.string ?? "[UNK]"), path: path,
      longestWord: model?["max_input_chars_per_word"]?.integer ?? 100,
      normalizer: file.normalizer())
  }

  /// Reads the vocabulary, one token per line, and the settings beside it where there are any.
  package init(vocabulary path: String, settings: String? = nil) throws(TokenizerError) {
    var normalizer = BERTNormalizer()
    if let settings, FileManager.default.fileExists(atPath: settings) {
      let json = try TokenizerNode(file: settings).json
      normalizer.lowercases = json["do_lower_case"]?.bool ?? true
      normalizer.stripsAccents = json["strip_accents"]?.bool ?? normalizer.lowercases
      normalizer.isolatesChinese = json["tokenize_chinese_chars"]?.bool ?? true
    }
    let tokens = try tokenizerLines(path)
    let special = SpecialTokens()
    let all = [special.cls, special.sep, special.pad, special.unk, special.mask]
    try self.init(
      tokens: tokens, addedTokens: all.filter(tokens.contains), special: special, path: path,
      normalizer: normalizer)
  }

  private init(
    tokens: [String], addedTokens: [String], special: SpecialTokens, path: String,
    longestWord: Int = 100, normalizer: BERTNormalizer
  ) throws(TokenizerError) {
    do {
      try self.init(
        tokens: tokens, addedTokens: addedTokens, special: special, longestWord: longestWord,
        normalizer: normalizer)
    } catch {
      throw TokenizerError(
        "special token", file: path, expected: "\(error.token) in the vocabulary",
        found: "\(tokens.count) tokens without it")
    }
  }
}

/// The part of `tokenizer.json` that decides ids and offsets.
private struct TokenizerFile {
  let path: String
  let json: JSON

  /// The vocabulary in order of ids, after a check that this is a BERT tokenizer.
  func tokens() throws(TokenizerError) -> [String] {
    let model = json["model"]
    try require("WordPiece", "model type", model?["type"]?.string ?? "WordPiece")
    try require("##", "word prefix", model?["continuing_subword_prefix"]?.string ?? "##")
    try require("BertPreTokenizer", "pre-tokenizer", json["pre_tokenizer"]?["type"]?.string)
    guard let vocabulary = model?["vocab"]?.members, !vocabulary.isEmpty else {
      throw TokenizerError("vocabulary", file: path, expected: "an object", found: "none")
    }
    var tokens = [String?](repeating: nil, count: vocabulary.count)
    for member in vocabulary {
      guard let id = member.value.integer, tokens.indices.contains(id), tokens[id] == nil else {
        throw TokenizerError(
          "id of \(member.key)", file: path, expected: "each of 0 ..< \(tokens.count) once",
          found: member.value.summary)
      }
      tokens[id] = member.key
    }
    for (token, id) in try added().sorted(by: { $0.id < $1.id }) {
      if id == tokens.count { tokens.append(token) }
      guard tokens.indices.contains(id), tokens[id] == token else {
        throw TokenizerError(
          "added token \(token)", file: path, expected: "an id that is its own", found: "\(id)")
      }
    }
    return tokens.compactMap(\.self)
  }

  /// The tokens that are found in raw text. White space that the reference would join to one
  /// (`lstrip`, `rstrip`) makes no token of its own and is left out of the offsets here.
  func added() throws(TokenizerError) -> [(token: String, id: Int)] {
    try (json["added_tokens"]?.elements ?? []).map { added throws(TokenizerError) in
      guard let token = added["content"]?.string, let id = added["id"]?.integer else {
        throw TokenizerError(
          "added token", file: path, expected: "content and id", found: added.summary)
      }
      for flag in ["normalized", "single_word"] {
        try require("false", "\(flag) of \(token)", "\(added[flag]?.bool ?? false)")
      }
      return (token, id)
    }
  }

  func normalizer() throws(TokenizerError) -> BERTNormalizer {
    guard let json = json["normalizer"], json != .null else {
      return BERTNormalizer(
        cleansText: false, isolatesChinese: false, stripsAccents: false, lowercases: false)
    }
    try require("BertNormalizer", "normalizer", json["type"]?.string)
    let lowercases = json["lowercase"]?.bool ?? true
    return BERTNormalizer(
      cleansText: json["clean_text"]?.bool ?? true,
      isolatesChinese: json["handle_chinese_chars"]?.bool ?? true,
      stripsAccents: json["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
  }

  private func require(
    _ expected: String, _ what: String, _ found: String?
  ) throws(TokenizerError) {
    guard expected == found else {
      throw TokenizerError(
        what, file: path, expected: expected, found: found ?? "none",
        hint: "only BERT's tokenizer is known")
    }
  }
}
