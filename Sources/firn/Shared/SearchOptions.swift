import ArgumentParser
import Foundation
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
      "Re-ranker: a module's file, a cross-encoder, or maxsim (default: what ships).",
      valueName: "model"))
  var reranker: String?
  @OptionGroup var fusion: FusionOptions
  @OptionGroup(title: "Filters") var filter: FilterOptions

  func validate() throws {
    if rerank < 0 { throw ValidationError("--rerank: expected 0 or more, found \(rerank)") }
  }

  /// The retriever that the options describe.
  func retriever() throws -> Retriever {
    let index = try PassageIndex(path: index.path)
    let rows = try index.rows(filter.filter())
    var retriever = try Engines.retriever(index, method, reranker: chosenReranker)
    retriever.fusion = fusion.method
    retriever.rows = rows
    return retriever
  }

  /// What the rankings of that retriever hang on, by name.
  func settings(of retriever: Retriever, top: Int) throws -> [String: String] {
    var settings = try retriever.settings(top: top, rerank: rerank, reranker: chosenReranker)
    settings["fusion"] = fusion.description
    settings["filter"] = try filter.checksum
    return settings
  }

  private var chosenReranker: String? {
    get throws { rerank > 0 ? try reranker ?? ModulePath.required("reranker") : nil }
  }
}

/// How a hybrid search makes one ranking of two.
struct FusionOptions: ParsableArguments, CustomStringConvertible {
  @Option(help: "How the rankings of a hybrid search become one.")
  var fusion = FusionName.zScore
  @Option(help: "How much BM25 counts in it against the vectors; firn tune fusion finds it.")
  var fusionWeight: Float = 1

  func validate() throws {
    guard fusionWeight >= 0, fusionWeight.isFinite else {
      throw ValidationError("--fusion-weight: expected 0 or more, found \(fusionWeight)")
    }
  }

  var method: FusionMethod { fusion.method(weight: fusionWeight) }
  var description: String { "\(fusion.rawValue) \(fusionWeight)" }
}

/// Which passages may be found.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Find passages of this title only; may be given several times.", valueName: "title"))
  var filterTitle: [String] = []
  @Option(
    help: ArgumentHelp(
      "Find passages only whose ids this file holds, one a line.", valueName: "file"))
  var filterIds: String?

  func filter() throws -> PassageFilter {
    PassageFilter(titles: Set(filterTitle), ids: try filterIds.map(Self.ids))
  }

  /// What tells these filters from others; nil for none.
  var checksum: String? {
    get throws {
      let parts =
        filterTitle.sorted() + [try filterIds.map(AnsweringEngine.checksum)].compactMap { $0 }
      return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
  }

  private static func ids(_ path: String) throws -> Set<String> {
    let input = try InputFile(path)
    var ids: Set<String> = []
    while let line = try input.nextLine() {
      ids.insert(line.text.trimmingCharacters(in: .whitespaces))
    }
    guard !ids.isEmpty else { throw InputError(file: path, expected: "ids", found: "none") }
    return ids
  }
}

/// How many passages a ranking holds, checked.
func requirePositive(_ value: Int, _ name: String) throws {
  if value < 1 { throw ValidationError("--\(name): expected at least 1, found \(value)") }
}
