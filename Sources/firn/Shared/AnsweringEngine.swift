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

  let answerer: any Answerer
  private let search: PassageSearch?
  /// Whether rankings come from the index, rather than from a run or not at all.
  private let searches: Bool
  private let reader: ReaderOptions
  private let modules: ModulePaths

  /// What its answers hang on, by name. Weights are read for their checksum, which an engine that
  /// answers only one question should not wait for.
  var settings: [String: String] {
    get throws { try reader.settings(modules).merging(search?.settings ?? [:]) { $1 } }
  }

  /// The ranking of each question over the index; empty ones where nothing is searched.
  func rank(_ questions: [Question], top: Int? = nil) throws -> [Ranking] {
    guard let search, searches else {
      return questions.map { Ranking(question: $0, passages: []) }
    }
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
  ///
  /// - Parameters:
  ///   - ranks: whether rankings come from the index.
  ///   - reserved: places that a generative reader's prompt leaves free.
  static func load(
    _ reader: ReaderOptions, _ retrieval: RetrievalOptions, ranks: Bool, reserved: Int = 0
  ) async throws -> AnsweringEngine {
    let ranks = ranks && !reader.generative.closedBook
    let modules = try ModulePaths(reader.module)
    let remote = try await LoadedReader.connected(reader, modules)
    let (loaded, index) = try Parallel.both(
      { try remote ?? LoadedReader(reader, modules) },
      { [path = retrieval.index?.path] in try path.map { try PassageIndex(path: $0) } })
    let search = try index.map {
      try PassageSearch(
        $0, retrieval, module: modules.reranker, sharing: loaded.frozen, ranks: ranks)
    }
    return AnsweringEngine(
      answerer: try loaded.answerer(reader, reserved: reserved), search: search, searches: ranks,
      reader: reader, modules: modules)
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

extension Answerer {
  /// The answers before the first that failed, and its error; Ctrl-C stops those under way.
  func answered(
    _ rankings: [Ranking]
  ) async throws -> (answers: [Answered], failure: (any Error)?) {
    do {
      return (try await Interruption.stopping { try await answer(rankings) }, nil)
    } catch let error as UnfinishedAnswers {
      return (error.answered, error.cause is CancellationError ? InterruptedError() : error.cause)
    }
  }
}
