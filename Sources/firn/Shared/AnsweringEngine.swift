import Evaluation
import Foundation
import Models
import Native
import Reading
import Retrieval

/// All that answers questions: an index where there is one, what ranks its passages, and a reader.
struct AnsweringEngine {
  /// Questions that are ranked and read together, enough to keep all threads busy.
  static let batchSize = 32

  var answerer: Answerer
  private let search: PassageSearch?
  /// What its answers hang on, by name.
  let settings: [String: String]

  /// The ranking of each question over the index.
  /// - Requires: an index.
  func rank(_ questions: [Question], top: Int? = nil) throws -> [Ranking] {
    guard let search else { preconditionFailure("expected an index, found none") }
    return try search.rank(questions, top: top ?? search.top)
  }

  /// The passages of a run whose texts stand in the index only.
  /// - Throws: `IndexError`, and `InputError` for a passage that the index does not hold.
  func texts(of ranking: Ranking, run: String) throws -> Ranking {
    var ranking = ranking
    for place in ranking.passages.indices where ranking.passages[place].passage.text.isEmpty {
      let id = ranking.passages[place].passage.id
      guard let passage = try search?.passage(id: id) else {
        throw InputError(
          file: run, expected: "the text of passage \(InputError.quoted(id))", found: "none",
          hint: "give --index to look texts up")
      }
      ranking.passages[place].passage = passage
    }
    return ranking
  }
}

extension AnsweringEngine {
  /// Opens index and models side by side.
  static func load(
    _ reader: ReaderOptions, _ retrieval: RetrievalOptions, ranks: Bool
  ) throws -> AnsweringEngine {
    let modules = try ModulePaths(reader.module)
    let (frozen, index) = try Parallel.both(
      { [name = reader.reader] in try FrozenBase(name) },
      { [path = retrieval.index?.path] in try path.map { try PassageIndex(path: $0) } })
    let answerer = try LoadedReader(module: modules.reader, frozen: frozen).answerer(reader)
    var settings = try reader.settings(module: modules.reader)
    guard let opened = index else {
      return AnsweringEngine(answerer: answerer, search: nil, settings: settings)
    }
    let search = try PassageSearch(
      opened, retrieval, module: modules.reranker, sharing: frozen, ranks: ranks)
    settings.merge(search.settings) { $1 }
    return AnsweringEngine(answerer: answerer, search: search, settings: settings)
  }

  /// The SHA-256 of a file, in hexadecimal, cut to twelve digits.
  static func checksum(_ path: String) throws -> String {
    String(try fileSHA256(path).prefix(12))
  }
}

/// The SHA-256 of a file, in hexadecimal.
func fileSHA256(_ path: String) throws -> String {
  let file = try MappedFile(path: path)
  var checksum = SHA256()
  checksum.update(file.bytes)
  return checksum.finished()
}

/// A reader with what was fitted to it, before anyone says how much it is to read.
struct LoadedReader {
  private let spans: SpanReader
  private let combination: AnswerCombination

  /// - Throws: `CheckpointError` when the module is no reader on this model.
  init(module path: String, frozen: FrozenBase) throws {
    let module = try ModuleFile(path: path, expectedBaseSHA256: frozen.sha256)
    spans = try SpanReader.load(module, frozen: frozen.network, tokenizer: frozen.tokenizer)
    combination = AnswerCombination(settings: module.settings)
  }

  func answerer(_ options: ReaderOptions) -> Answerer {
    var spans = spans
    if let longest = options.maxTokens { spans.longestAnswer = longest }
    var answerer = Answerer(
      reader: spans,
      packer: PassagePacker(
        builder: spans.builder, contextTokens: options.contextTokens, longest: options.passages),
      combination: combination)
    answerer.abstainBelow = options.abstainBelow
    return answerer
  }
}

extension ReaderOptions {
  /// What the answers hang on, by name.
  func settings(module: String) throws -> [String: String] {
    [
      "reader": reader, "reader module": try AnsweringEngine.checksum(module),
      "context-tokens": "\(contextTokens)", "passages": passages.map(String.init) ?? "all",
      "max-tokens": maxTokens.map(String.init) ?? "default", "abstain-below": "\(abstainBelow)",
    ]
  }
}
