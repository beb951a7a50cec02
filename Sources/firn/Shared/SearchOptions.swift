import ArgumentParser
import Retrieval

extension RetrievalMethod: ExpressibleByArgument {}
extension RunFormat: ExpressibleByArgument {}
extension QuestionFormat: ExpressibleByArgument {}
extension CorpusFormat: ExpressibleByArgument {}
extension Analyzer: ExpressibleByArgument {}

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
    help: ArgumentHelp("Cross-encoder that re-ranks: name or folder.", valueName: "model"))
  var reranker: String?

  func validate() throws {
    if rerank < 0 { throw ValidationError("--rerank: expected 0 or more, found \(rerank)") }
    if reranker == nil && rerank > 0 {
      throw ValidationError("--rerank: expected --reranker MODEL with it, found none")
    }
  }
}

/// How many passages a ranking holds, checked.
func requirePositive(_ value: Int, _ name: String) throws {
  if value < 1 { throw ValidationError("--\(name): expected at least 1, found \(value)") }
}
