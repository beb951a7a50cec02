import Models
import Retrieval

/// What ranks the passages of an index.
struct PassageSearch {
  let retriever: Retriever
  let top: Int
  /// Passages that are re-ranked.
  let depth: Int
  let settings: [String: String]

  /// - Parameters:
  ///   - module: the re-ranker where the options name none.
  ///   - frozen: a model that is loaded already.
  ///   - ranks: whether it is to rank; else the index only gives texts.
  init(
    _ index: PassageIndex, _ options: RetrievalOptions, module: String?,
    sharing frozen: FrozenBase?,
    ranks: Bool
  ) throws {
    let reranks = ranks && options.rerank != 0
    var reranker = reranks ? options.reranker ?? module : nil
    if reranks, reranker == nil, options.rerank != nil {
      reranker = try ModulePath.required("reranker")
    }
    let rows = ranks ? try index.rows(options.filter.filter()) : nil
    var retriever = try Engines.retriever(
      index, ranks ? options.method : .bm25, reranker: reranker, sharing: frozen)
    retriever.fusion = options.fusion.method
    retriever.rows = rows
    self.retriever = retriever
    top = options.top
    depth = reranker == nil ? 0 : options.rerank ?? RetrievalOptions.defaultDepth
    var settings = try retriever.settings(top: top, rerank: depth, reranker: reranker)
    if ranks {
      settings["fusion"] = options.fusion.description
      settings["filter"] = try options.filter.checksum
    }
    self.settings = settings
  }
}

extension Retriever {
  /// What its rankings hang on, by name.
  func settings(top: Int, rerank: Int, reranker: String?) throws -> [String: String] {
    let parts = index.info.checksums.map { "\($0.key.rawValue) \($0.value.prefix(12))" }
    return [
      "index": parts.sorted().joined(separator: ", "), "method": method.rawValue,
      "top": "\(top)", "rerank": "\(rerank)",
      "re-ranker": try reranker.map {
        $0.hasSuffix(".safetensors") ? try AnsweringEngine.checksum($0) : $0
      } ?? "none",
    ]
  }
}

extension PassageSearch {
  func rank(_ questions: [Question], top: Int) throws -> [Ranking] {
    let found = try retriever.rank(questions.map(\.text), top: top, rerank: depth)
    return zip(questions, found).map(Ranking.init)
  }

  /// The rankings of passages that were retrieved already.
  func rerank(_ retrieved: [[RetrievedPassage]], for questions: [Question]) throws -> [Ranking] {
    let found = try retriever.rerank(
      retrieved, for: questions.map(\.text), top: top, depth: depth)
    return zip(questions, found).map(Ranking.init)
  }

  func passage(id: String) throws -> Passage? { try retriever.index.passage(id: id) }
}

extension Ranking {
  init(_ question: Question, _ passages: [RetrievedPassage]) {
    self.init(
      question: question,
      passages: passages.map { RankedPassage(passage: $0.passage, score: Double($0.score)) })
  }
}
