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
  package init(tokenizerJSON path: String) throws {
    let file: TokenizerJSON = try decodeTokenizerFile(path)
    try self.init(
      tokens: file.tokens(path), addedTokens: file.addedTokens(path),
      special: SpecialTokens(unk: file.model.unk_token ?? "[UNK]"), path: path,
      longestWord: file.model.max_input_chars_per_word ?? 100,
      normalizer: file.normalizer?.settings ?? BERTNormalizer(
        cleansText: false, isolatesChinese: false, stripsAccents: false, lowercases: false))
  }

  /// Reads the vocabulary, one token per line, and the settings beside it where there are any.
  package init(vocabulary path: String, settings: String? = nil) throws {
    var configuration = TokenizerConfiguration()
    if let settings, FileManager.default.fileExists(atPath: settings) {
      configuration = try decodeTokenizerFile(settings)
    }
    let bytes = try readTokenizerFile(path)
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty ?? false { lines.removeLast() }
    let tokens = try lines.enumerated().map { number, line in
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let token = String(validating: line, as: UTF8.self) else {
        throw TokenizerError(
          "line \(number + 1)", file: path, expected: "UTF-8", found: "other bytes")
      }
      return token
    }
    let special = SpecialTokens()
    let all = [special.cls, special.sep, special.pad, special.unk, special.mask]
    try self.init(
      tokens: tokens, addedTokens: all.filter(Set(tokens).contains), special: special, path: path,
      normalizer: configuration.normalizer)
  }

  private init(
    tokens: [String], addedTokens: [String], special: SpecialTokens, path: String,
    longestWord: Int = 100, normalizer: BERTNormalizer
  ) throws {
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

/// The part of `tokenizer.json` that decides ids and offsets; names as in the file.
private struct TokenizerJSON: Decodable {
  struct Model: Decodable {
    let type: String?
    let unk_token: String?
    let continuing_subword_prefix: String?
    let max_input_chars_per_word: Int?
    let vocab: [String: Int]
  }

  struct Normalizer: Decodable {
    let type: String
    let clean_text: Bool?
    let handle_chinese_chars: Bool?
    let strip_accents: Bool?
    let lowercase: Bool?

    var settings: BERTNormalizer {
      BERTNormalizer(
        cleansText: clean_text ?? true, isolatesChinese: handle_chinese_chars ?? true,
        stripsAccents: strip_accents ?? lowercase ?? true, lowercases: lowercase ?? true)
    }
  }

  struct PreTokenizer: Decodable { let type: String }

  struct Added: Decodable {
    let id: Int
    let content: String
    let normalized: Bool?
    let single_word: Bool?
  }

  let model: Model
  let normalizer: Normalizer?
  let pre_tokenizer: PreTokenizer?
  let added_tokens: [Added]?

  /// The vocabulary in order of ids, after a check that this is a BERT tokenizer.
  func tokens(_ path: String) throws -> [String] {
    try require("model type", "WordPiece", model.type ?? "WordPiece", path)
    try require("continuation prefix", "##", model.continuing_subword_prefix ?? "##", path)
    try require("pre-tokenizer", "BertPreTokenizer", pre_tokenizer?.type ?? "none", path)
    if let normalizer { try require("normalizer", "BertNormalizer", normalizer.type, path) }
    var ids = model.vocab
    for token in added_tokens ?? [] { ids[token.content] = token.id }
    var tokens = [String?](repeating: nil, count: ids.count)
    for (token, id) in ids {
      guard tokens.indices.contains(id), tokens[id] == nil else {
        throw TokenizerError(
          "id of \(token)", file: path, expected: "each of 0 ..< \(ids.count) once", found: "\(id)")
      }
      tokens[id] = token
    }
    return tokens.compactMap(\.self)
  }

  func addedTokens(_ path: String) throws -> [String] {
    try (added_tokens ?? []).map { token in
      let plain = !(token.normalized ?? false) && !(token.single_word ?? false)
      try require("added token \(token.content)", "plain", plain ? "plain" : "normalized", path)
      return token.content
    }
  }

  private func require(_ what: String, _ expected: String, _ found: String, _ path: String) throws {
    guard expected == found else {
      throw TokenizerError(
        what, file: path, expected: expected, found: found, hint: "only BERT's tokenizer is known")
    }
  }
}

/// The settings beside `vocab.txt`; names as in the file.
private struct TokenizerConfiguration: Decodable {
  var do_lower_case: Bool?
  var strip_accents: Bool?
  var tokenize_chinese_chars: Bool?

  var normalizer: BERTNormalizer {
    let lowercases = do_lower_case ?? true
    return BERTNormalizer(
      isolatesChinese: tokenize_chinese_chars ?? true, stripsAccents: strip_accents ?? lowercases,
      lowercases: lowercases)
  }
}

private func readTokenizerFile(_ path: String) throws -> Data {
  do {
    return try Data(contentsOf: URL(filePath: path))
  } catch {
    throw TokenizerError(
      "reading", file: path, expected: "a readable file", found: error.localizedDescription)
  }
}

private func decodeTokenizerFile<Value: Decodable>(_ path: String) throws -> Value {
  let bytes = try readTokenizerFile(path)
  do {
    return try JSONDecoder().decode(Value.self, from: bytes)
  } catch {
    throw TokenizerError(
      "decoding", file: path, expected: "a tokenizer in JSON", found: "\(error)")
  }
}
