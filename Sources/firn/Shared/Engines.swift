import Models
import Retrieval

/// Opens indexes together with the models that searching them needs.
enum Engines {
  /// The encoder of this name, as an index describes it.
  static func encoder(_ name: String) throws -> (DualEncoder, EncoderDescription) {
    let encoder = try SentenceEncoder(folder: ModelFolder.resolve(name), name: name)
    let description = EncoderDescription(
      name: name, checksum: encoder.weightsSHA256, dimension: encoder.width, pooling: "declared")
    return (DualEncoder(encoder: encoder), description)
  }

  /// A retriever over an index; models that the method does not need are not loaded.
  /// - Throws: `IndexError`, also when the encoder is not the one that the index was built with;
  ///   `MissingModelError`, and errors of the models' files.
  static func retriever(_ options: SearchOptions) throws -> Retriever {
    let index = try PassageIndex(path: options.index.path)
    let model = options.rerank > 0 ? try options.reranker.map { try Self.reranker($0, index) } : nil
    return try retriever(index, options.method) { requests in
      try Interruption.check()
      return try model?.scores(requests) ?? []
    }
  }

  /// The same with a re-ranker of the caller's.
  static func retriever(
    _ index: PassageIndex, _ method: RetrievalMethod?, reranker: Retriever.Scorer? = nil
  ) throws -> Retriever {
    let method = method ?? (index.vectors == nil ? .bm25 : .hybrid)
    return Retriever(
      index: index, method: method,
      encoder: method == .bm25 ? nil : try questionEncoder(of: index), reranker: reranker)
  }

  private static func questionEncoder(of index: PassageIndex) throws -> Retriever.Encoder {
    guard let expected = index.info.settings.encoder else {
      throw IndexError(
        .mismatch, "the index has no vectors", path: index.path,
        hint: "search with --method bm25, or index again with an encoder")
    }
    let (encoder, found) = try encoder(expected.name)
    guard found.agrees(with: expected) else {
      throw IndexError(
        .mismatch, "the model \(expected.name) is not the one that made the vectors",
        path: index.path, expected: "weights \(expected.checksum.prefix(12))...",
        found: "\(found.checksum.prefix(12))...")
    }
    return { encoder.embed(questions: $0).vectors }
  }

  /// A re-ranker by name: a module file on the index's encoder, or a cross-encoder's folder.
  private static func reranker(_ name: String, _ index: PassageIndex) throws -> Reranker {
    guard name.hasSuffix(".safetensors") else {
      return .crossEncoder(try CrossEncoder(folder: ModelFolder.resolve(name), name: name))
    }
    let base = try ModuleFile(path: name).baseModel
    let (encoder, description) = try encoder(base)
    let module = try ModuleFile(path: name, expectedBaseSHA256: description.checksum)
    let tokens = TokenEncoder(
      network: encoder.encoder.network, tokenizer: encoder.encoder.tokenizer)
    return .lateInteraction(
      try LateInteractionReranker(module, encoder: tokens), index.termWeights)
  }
}
