import Models
import Retrieval

/// Opens indexes together with the models that searching them needs; each model is loaded once.
enum Engines {
  /// A retriever over an index; models that the method does not need are not loaded.
  ///
  /// - Parameters:
  ///   - reranker: a module's file, a cross-encoder's name or `maxsim`; nil leaves the order as it is.
  ///   - base: a frozen model that is loaded already.
  /// - Throws: `IndexError`, also when the encoder is not the one that the index was built with;
  ///   `MissingModelError`, and errors of the models' files.
  static func retriever(
    _ index: PassageIndex, _ method: RetrievalMethod?, reranker: String?,
    sharing base: FrozenBase? = nil
  ) throws -> Retriever {
    let method = method ?? (index.vectors == nil ? .bm25 : .hybrid)
    var base = base
    let encoder = method == .bm25 ? nil : try questionEncoder(of: index, sharing: &base)
    let model = try reranker.map { try Self.reranker($0, index, sharing: &base) }
    return Retriever(
      index: index, method: method, encoder: encoder,
      reranker: model.map { model in
        { requests in
          try Interruption.check()
          return try model.scores(requests)
        }
      })
  }

  private static func questionEncoder(
    of index: PassageIndex, sharing base: inout FrozenBase?
  ) throws -> Retriever.Encoder {
    guard let described = index.info.settings.encoder else {
      throw IndexError(
        .mismatch, "the index has no vectors", path: index.path,
        hint: "search with --method bm25, or index again with an encoder")
    }
    let expected = described.question
    let encoder = try SentenceEncoder(opened(expected.name, &base), name: expected.name)
    let found = EncoderDescription.QuestionEncoder(
      name: expected.name, checksum: encoder.weightsSHA256, pooling: encoder.pooling)
    guard found == expected, encoder.width == described.dimension else {
      func words(_ encoder: EncoderDescription.QuestionEncoder, _ width: Int) -> String {
        "weights \(encoder.checksum.prefix(12))..., \(width) floats, \(encoder.pooling)"
      }
      throw IndexError(
        .mismatch, "the model \(expected.name) is not the one that made the vectors",
        path: index.path, expected: words(expected, described.dimension),
        found: words(found, encoder.width))
    }
    let dual = DualEncoder(encoder: encoder, prefixes: described.prefixes)
    return { dual.embed(questions: $0).vectors }
  }

  /// The name of the re-ranker that nothing was learned for.
  private static let maxSim = "maxsim"

  private static func reranker(
    _ name: String, _ index: PassageIndex, sharing base: inout FrozenBase?
  ) throws -> Reranker {
    if name == maxSim {
      let frozen = try shared(index.info.settings.encoder?.question.name ?? "minilm", &base)
      let tokens = TokenEncoder(network: frozen.network, tokenizer: frozen.tokenizer)
      return .maxSim(RankingFeatures(encoder: tokens), index.termWeights)
    }
    guard name.hasSuffix(".safetensors") else {
      return .crossEncoder(try CrossEncoder(folder: ModelFolder.resolve(name), name: name))
    }
    let frozen = try shared(ModuleFile(path: name).baseModel, &base)
    let module = try ModuleFile(path: name, expectedBaseSHA256: frozen.sha256)
    return .lateInteraction(
      try LateInteractionReranker(
        module, encoder: TokenEncoder(network: frozen.network, tokenizer: frozen.tokenizer)),
      index.termWeights)
  }

  /// The model of this name: the one at hand when it is that one.
  private static func shared(_ name: String, _ base: inout FrozenBase?) throws -> FrozenBase {
    if let base, base.name == name { return base }
    let loaded = try FrozenBase(name)
    base = base ?? loaded
    return loaded
  }

  /// The same for an encoder, which may be one that nothing else can be made of.
  private static func opened(_ name: String, _ base: inout FrozenBase?) throws -> EncoderFolder {
    if let base, base.name == name { return base.opened }
    let opened = try EncoderFolder(ModelFolder.resolve(name))
    base = base ?? FrozenBase(name, opened)
    return opened
  }
}
