import Models
import Retrieval

/// Opens indexes together with the models that searching them needs; each model is loaded once.
enum Engines {
  /// The encoder of this name, as an index describes it.
  static func encoder(_ base: FrozenBase) throws -> (DualEncoder, EncoderDescription) {
    let encoder = try SentenceEncoder(
      folder: base.folder, name: base.name, network: base.network, tokenizer: base.tokenizer,
      weightsSHA256: base.sha256)
    let description = EncoderDescription(
      name: base.name, checksum: encoder.weightsSHA256, dimension: encoder.width,
      pooling: "declared")
    return (DualEncoder(encoder: encoder), description)
  }

  /// A retriever over an index; models that the method does not need are not loaded.
  ///
  /// - Parameters:
  ///   - reranker: a module's file or a cross-encoder's name; nil leaves the order as it is.
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
    guard let expected = index.info.settings.encoder else {
      throw IndexError(
        .mismatch, "the index has no vectors", path: index.path,
        hint: "search with --method bm25, or index again with an encoder")
    }
    let (encoder, found) = try encoder(shared(expected.name, &base))
    guard found.agrees(with: expected) else {
      throw IndexError(
        .mismatch, "the model \(expected.name) is not the one that made the vectors",
        path: index.path, expected: "weights \(expected.checksum.prefix(12))...",
        found: "\(found.checksum.prefix(12))...")
    }
    return { encoder.embed(questions: $0).vectors }
  }

  private static func reranker(
    _ name: String, _ index: PassageIndex, sharing base: inout FrozenBase?
  ) throws -> Reranker {
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
}
