import ArgumentParser
import Models
import Retrieval

extension RetrievalMethod: ExpressibleByArgument {}
extension RunFormat: ExpressibleByArgument {}
extension QuestionFormat: ExpressibleByArgument {}
extension CorpusFormat: ExpressibleByArgument {}
extension Analyzer: ExpressibleByArgument {}
extension VectorStorage: ExpressibleByArgument {}
extension FusionName: ExpressibleByArgument {}

/// Where and how passages are sought; shared by all commands that search.
struct SearchOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Option(
    help: "How passages are found (default: hybrid where the index has vectors, else bm25).")
  var method: RetrievalMethod?
  @Option(
    help: ArgumentHelp("Put the best N passages in a new order by re-ranking.", valueName: "n"))
  var rerank = 0
  @Option(
    help: ArgumentHelp(
      "Re-ranker: a module's file, or a cross-encoder's name or folder (default: what ships).",
      valueName: "model"))
  var reranker: String?

  func validate() throws {
    if rerank < 0 { throw ValidationError("--rerank: expected 0 or more, found \(rerank)") }
  }

  /// The retriever that the options describe.
  func retriever() throws -> Retriever {
    try Engines.retriever(PassageIndex(path: index.path), method, reranker: chosenReranker)
  }

  /// What the rankings of that retriever hang on, by name.
  func settings(of retriever: Retriever, top: Int) throws -> [String: String] {
    try retriever.settings(top: top, rerank: rerank, reranker: chosenReranker)
  }

  private var chosenReranker: String? {
    get throws { rerank > 0 ? try reranker ?? ModulePath.required("reranker") : nil }
  }
}

/// How many passages a ranking holds, checked.
func requirePositive(_ value: Int, _ name: String) throws {
  if value < 1 { throw ValidationError("--\(name): expected at least 1, found \(value)") }
}
