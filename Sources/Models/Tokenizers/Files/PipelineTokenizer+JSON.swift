extension PipelineTokenizer {
  /// Reads HuggingFace's `tokenizer.json`. Its truncation and padding are not used: those who
  /// encode know their lengths.
  /// - Throws: `TokenizerError` with the key at fault. A part of an unknown kind is an error.
  package init(tokenizerJSON path: String) throws(TokenizerError) {
    try self.init(TokenizerNode(file: path))
  }

  init(_ file: TokenizerNode) throws(TokenizerError) {
    let added = try file.addedTokens()
    let addedVocabulary = TokenVocabulary(added.map { ($0.content, $0.id) })
    let model = try TokenModel(try file.member("model"), added: addedVocabulary)
    try file.check(added, against: model.vocabulary)
    var parts = Parts(model: model, addedTokens: added)
    if let node = file["normalizer"] { parts.normalizer = try Normalizer(node) }
    if let node = file["pre_tokenizer"] { parts.preTokenizer = try PreTokenizer(node) }
    if let node = file["post_processor"] { parts.postProcessor = try PostProcessor(node) }
    if let node = file["decoder"] { parts.decoder = try TokenDecoder(node) }
    self.init(kind: try file.kind(parts), parts)
  }
}

extension TokenizerNode {
  fileprivate func addedTokens() throws(TokenizerError) -> [AddedToken] {
    guard let list = self["added_tokens"] else { return [] }
    var tokens: [AddedToken] = []
    for node in try list.elements {
      let isSpecial = try node.flag("special", default: false)
      tokens.append(
        AddedToken(
          content: try node.member("content").string, id: try node.member("id").id,
          isSpecial: isSpecial,
          isNormalized: try node.flag("normalized", default: !isSpecial),
          isSingleWord: try node.flag("single_word", default: false),
          takesSpaceBefore: try node.flag("lstrip", default: false),
          takesSpaceAfter: try node.flag("rstrip", default: false)))
    }
    return tokens
  }

  /// Added tokens must have ids of their own, or those that the model has for them.
  fileprivate func check(
    _ added: [AddedToken], against vocabulary: TokenVocabulary
  ) throws(TokenizerError) {
    for token in added {
      let known = vocabulary.id(of: token.content)
      guard known == token.id || known == nil && vocabulary.token(token.id) == nil else {
        throw TokenizerError(
          "added_tokens: \(token.content)", file: file,
          expected: known.map { "\($0), as in the vocabulary" } ?? "an id that is its own",
          found: "\(token.id)")
      }
    }
  }

  fileprivate func kind(
    _ parts: PipelineTokenizer.Parts
  ) throws(TokenizerError) -> TokenizerKind {
    switch parts.model {
    case .unigram: .unigram
    case .wordPiece: .wordPiece
    case .wordLevel: .wordLevel
    case .bytePairs:
      if case .byteLevel? = parts.decoder {
        .byteLevelBytePairs
      } else {
        try member("model").flag("byte_fallback", default: false)
          ? .byteFallbackBytePairs : .bytePairs
      }
    }
  }
}
