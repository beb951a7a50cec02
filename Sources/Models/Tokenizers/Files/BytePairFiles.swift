extension PipelineTokenizer {
  /// Reads GPT-2's two files, `vocab.json` and `merges.txt`: byte-level byte pairs.
  ///
  /// Which special tokens frame a text is not in these files. The settings beside them say it, or
  /// else the model's type: OPT begins with its `</s>`, RoBERTa and BART stand in `<s>` and `</s>`.
  /// - Throws: `TokenizerError` with the file and the line or key at fault.
  init(
    vocabulary path: String, merges mergesPath: String, settings: TokenizerSettings
  ) throws(TokenizerError) {
    let vocabulary = TokenVocabulary(try TokenizerNode(file: path).tokens())
    let merges = try readMerges(mergesPath, vocabulary)
    var parts = Parts(
      model: .bytePairs(BytePairModel(vocabulary: vocabulary, merges: MergeTable(merges))))
    parts.decoder = .byteLevel
    parts.addedTokens = settings.specialTokens(in: vocabulary)
    let splits = PreTokenizer.byteLevel(
      addsPrefixSpace: settings.addsPrefixSpace ?? false, splits: true)
    parts.preTokenizer = splits
    let start = settings.token("bos_token", in: vocabulary, default: "</s>")
    switch settings.modelType {
    case "opt":
      if settings.addsBeginning ?? true { parts.postProcessor.before = [start].compactMap(\.self) }
    case "roberta", "bart", "longformer":
      let first = settings.token("cls_token", in: vocabulary, default: "<s>")
      let last = settings.token("sep_token", in: vocabulary, default: "</s>")
      parts.postProcessor.before = [first].compactMap(\.self)
      parts.postProcessor.after = [last].compactMap(\.self)
      parts.postProcessor.trimming = .init(addsPrefixSpace: settings.addsPrefixSpace ?? false)
    case "qwen2", "qwen2_moe", "qwen3", "qwen3_moe":
      parts.normalizer = .form(.composed)
      parts.preTokenizer = .qwen
    default:
      if settings.addsBeginning ?? false { parts.postProcessor.before = [start].compactMap(\.self) }
    }
    self.init(kind: .byteLevelBytePairs, parts)
  }
}

/// One merge per line, two tokens with a space between them, after an optional "#version" line.
private func readMerges(
  _ path: String, _ vocabulary: TokenVocabulary
) throws(TokenizerError) -> [(left: Int32, right: Int32, id: Int32)] {
  var merges: [(left: Int32, right: Int32, id: Int32)] = []
  for (number, line) in try tokenizerLines(path).enumerated() {
    if line.isEmpty || line.hasPrefix("#version") { continue }
    let pair = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard pair.count == 2,
      let merge = vocabulary.merge(
        String(decoding: pair[0], as: UTF8.self), String(decoding: pair[1], as: UTF8.self))
    else {
      throw TokenizerError(
        "line \(number + 1)", file: path,
        expected: "two tokens of the vocabulary that make a third", found: line)
    }
    merges.append(merge)
  }
  return merges
}
