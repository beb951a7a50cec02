import Evaluation
import Foundation
import Models
import Native
import Reading
import Retrieval

/// All that answers questions: an index where there is one, what ranks its passages, and a reader.
struct AnsweringEngine {
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
    let module = try ModuleFile(path: modules.reader, expectedBaseSHA256: frozen.sha256)
    var spans = try SpanReader.load(module, frozen: frozen.network, tokenizer: frozen.tokenizer)
    if let longest = reader.maxTokens { spans.longestAnswer = longest }
    var answerer = Answerer(
      reader: spans,
      packer: PassagePacker(
        builder: spans.builder, contextTokens: reader.contextTokens, longest: reader.passages),
      combination: AnswerCombination(settings: module.settings))
    answerer.abstainBelow = reader.abstainBelow
    var settings = try reader.settings(module: modules.reader)
    guard let opened = index else {
      return AnsweringEngine(answerer: answerer, search: nil, settings: settings)
    }
    let search = try PassageSearch(opened, retrieval, modules, frozen, ranks: ranks)
    settings.merge(search.settings) { $1 }
    return AnsweringEngine(answerer: answerer, search: search, settings: settings)
  }

  /// The SHA-256 of a file, in hexadecimal, cut to twelve digits.
  static func checksum(_ path: String) throws -> String {
    let file = try MappedFile(path: path)
    var checksum = SHA256()
    checksum.update(file.bytes)
    return String(checksum.finished().prefix(12))
  }
}

extension ReaderOptions {
  /// What the answers hang on, by name.
  fileprivate func settings(module: String) throws -> [String: String] {
    [
      "reader": reader, "reader module": try AnsweringEngine.checksum(module),
      "context-tokens": "\(contextTokens)", "passages": passages.map(String.init) ?? "all",
      "max-tokens": maxTokens.map(String.init) ?? "default", "abstain-below": "\(abstainBelow)",
    ]
  }
}
