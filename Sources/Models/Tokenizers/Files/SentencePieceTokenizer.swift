extension PipelineTokenizer {
  /// Makes the pipeline that HuggingFace makes of a SentencePiece model: T5's of a unigram one,
  /// Llama's of a byte-pair one.
  /// - Throws: `TokenizerError` when the file is no model, or one of a network whose pipeline
  ///   differs from these.
  init(sentencePiece path: String, settings: TokenizerSettings) throws(TokenizerError) {
    let file = try SentencePieceFile(path: path)
    let type = settings.modelType
    switch file.model {
    case .unigram where ["", "t5", "mt5", "umt5", "longt5"].contains(type):
      self.init(kind: .unigram, file.t5Parts(settings))
    case .unigram where type == "xlm-roberta":
      self.init(kind: .unigram, try file.xlmRobertaParts())
    case .bytePairs where ["", "llama", "mistral", "mixtral"].contains(type):
      let parts = try file.llamaParts(settings)
      self.init(kind: file.fallsBackToBytes ? .byteFallbackBytePairs : .bytePairs, parts)
    default:
      throw TokenizerError(
        "model_type", file: path, expected: "t5, xlm-roberta, llama or mistral in config.json",
        found: type.isEmpty ? "none" : type, hint: "a tokenizer.json works for every model")
    }
  }
}

extension SentencePieceFile {
  fileprivate func t5Parts(_ settings: TokenizerSettings) -> PipelineTokenizer.Parts {
    var list = pieces.map { (spelling: $0.spelling, score: Double($0.score)) }
    for number in (0..<max(settings.extraIDs, 0)).reversed() {
      list.append(("<extra_id_\(number)>", 0))
    }
    let model = UnigramModel(pieces: list, unknownID: unknownID, fallsBackToBytes: false)
    var parts = unigramParts(model)
    parts.addedTokens += (pieces.count..<list.count).map {
      AddedToken(content: list[$0].spelling, id: Int32($0), isSpecial: true)
    }
    parts.postProcessor.after = [model.vocabulary.id(of: "</s>")].compactMap(\.self)
    return parts
  }

  /// XLM-R's own order of special tokens: the pieces from the fourth on move up by one.
  fileprivate func xlmRobertaParts() throws(TokenizerError) -> PipelineTokenizer.Parts {
    guard pieces.count > 3 else {
      throw TokenizerError(
        "pieces", file: path, expected: "more than 3", found: "\(pieces.count)")
    }
    let special = ["<s>", "<pad>", "</s>", "<unk>"]
    var list = special.map { (spelling: $0, score: 0.0) }
    list += pieces.dropFirst(3).map { ($0.spelling, Double($0.score)) }
    list.append(("<mask>", 0))
    let model = UnigramModel(pieces: list, unknownID: 3, fallsBackToBytes: false)
    var parts = unigramParts(model)
    parts.addedTokens = special.enumerated().map {
      AddedToken(content: $1, id: Int32($0), isSpecial: true)
    }
    parts.addedTokens.append(
      AddedToken(
        content: "<mask>", id: Int32(list.count - 1), isSpecial: true, takesSpaceBefore: true))
    (parts.postProcessor.before, parts.postProcessor.after) = ([0], [2])
    return parts
  }

  private func unigramParts(_ model: UnigramModel) -> PipelineTokenizer.Parts {
    var steps: [Normalizer] = [
      .strip(left: false, right: true), .replace(.spaces, with: Self.mark),
    ]
    if let characterMap { steps.insert(.characterMap(characterMap), at: 0) }
    var parts = PipelineTokenizer.Parts(model: .unigram(model), addedTokens: addedTokens)
    parts.normalizer = .sequence(steps)
    parts.preTokenizer = .metaspace("\u{2581}", .always, splits: true)
    parts.decoder = .metaspace("\u{2581}", .always)
    return parts
  }

  fileprivate func llamaParts(
    _ settings: TokenizerSettings
  ) throws(TokenizerError) -> PipelineTokenizer.Parts {
    let vocabulary = TokenVocabulary(pieces.enumerated().map { ($1.spelling, Int32($0)) })
    let model = BytePairModel(
      vocabulary: vocabulary, merges: MergeTable(merges(vocabulary)), unknownID: Int32(unknownID),
      fusesUnknown: true, fallsBackToBytes: fallsBackToBytes)
    var parts = PipelineTokenizer.Parts(model: .bytePairs(model), addedTokens: addedTokens)
    let space = Pattern(literal: " ")
    let addsPrefix = settings.addsPrefixSpace ?? true
    let replace = Normalizer.replace(space, with: Self.mark)
    parts.normalizer = addsPrefix ? .sequence([.prepend(Self.mark), replace]) : replace
    let decoder: [TokenDecoder] = [
      .replace(Pattern(literal: "\u{2581}"), with: [UInt8(ascii: " ")]), .byteFallback, .fuse,
    ]
    parts.decoder = .sequence(addsPrefix ? decoder + [.strip(" ", start: 1, stop: 0)] : decoder)
    if settings.addsBeginning ?? true {
      let first = settings.token("bos_token", in: vocabulary, default: "<s>")
      parts.postProcessor.before = [first].compactMap(\.self)
    }
    if settings.addsEnd ?? false {
      let last = settings.token("eos_token", in: vocabulary, default: "</s>")
      parts.postProcessor.after = [last].compactMap(\.self)
    }
    return parts
  }

  /// Every way to make a piece of two others; the pieces of greater score are made earlier.
  private func merges(_ vocabulary: TokenVocabulary) -> [(left: Int32, right: Int32, id: Int32)] {
    var merges: [(left: Int32, right: Int32, id: Int32)] = []
    for (id, piece) in pieces.enumerated() {
      let utf8 = Array(piece.spelling.utf8)
      var middle = 0
      while middle < utf8.count {
        middle = utf8.scalarEnd(after: middle)
        if let left = vocabulary.id(of: utf8, 0..<middle),
          let right = vocabulary.id(of: utf8, middle..<utf8.count)
        {
          merges.append((left, right, Int32(id)))
        }
      }
    }
    // A stable order: ways to one piece stay in the order of their left parts.
    return merges.enumerated().sorted {
      let (a, b) = (pieces[Int($0.element.id)].score, pieces[Int($1.element.id)].score)
      return a != b ? a > b : $0.offset < $1.offset
    }.map(\.element)
  }

  /// Control pieces are special; both they and user-defined ones are found in raw text.
  private var addedTokens: [AddedToken] {
    pieces.enumerated().compactMap { id, piece in
      switch piece.kind {
      case .control, .unknown: AddedToken(content: piece.spelling, id: Int32(id), isSpecial: true)
      case .userDefined: AddedToken(content: piece.spelling, id: Int32(id))
      default: nil
      }
    }
  }

  /// SentencePiece's mark for a space, U+2581.
  private static let mark = Array("\u{2581}".utf8)
}
