import Foundation
import Native
import Reading
import Retrieval

/// Where rankings go, batch by batch.
protocol RankingSink {
  /// Questions whose rankings are there.
  var count: Int { get }

  /// - Parameter start: the place of the first one's question; those before `count` are left out.
  func append(_ rankings: [Ranking], from start: Int) throws
  func finish() throws
}

extension RunWriter: RankingSink {
  func append(_ rankings: [Ranking], from start: Int) throws {
    try rankings.dropFirst(count - start).forEach(append)
  }

  func finish() throws { try close() }
}

/// A run under way: its rankings stand in `RUN.journal` until all are there, so that an interruption
/// costs a batch at most, and the run has its name only when it is whole.
struct RunJournal: RankingSink {
  private let path: String
  private let format: RunFormat
  private let log: RecordLog

  /// - Parameter settings: what the rankings hang on, by name.
  /// - Throws: `InputError` when the journal is that of other questions or settings, or is being
  ///   written by another process.
  init(
    of path: String, format: RunFormat, questions: [Question], settings: [String: String],
    restart: Bool
  ) throws {
    self.path = path
    self.format = format
    var settings = settings
    settings["passages"] = format.namesPassagesOnly ? "by id" : "with texts"
    log = try RecordLog(
      path: path + ".journal", questions: questions, settings: settings, restart: restart,
      hint: "name another file, or begin anew with --restart")
  }

  var count: Int { log.count }

  func append(_ rankings: [Ranking], from start: Int) throws {
    let isBare = format.namesPassagesOnly
    try log.append(rankings.map { (isBare ? $0.withoutTexts : $0).line }, from: start)
  }

  /// Makes the run of the journal, which is gone afterwards.
  func finish() throws {
    if format == .jsonl {
      try renameFile(log.path, to: path)
    } else {
      let writer = try RunWriter(path: path, format: format)
      try RunReader.forEachRanking(log.path, format: .jsonl) { try writer.append($0) }
      try writer.close()
    }
    try log.remove()
  }
}

extension RunFormat {
  /// Whether a run holds ids and scores alone, so that a journal need not hold texts.
  fileprivate var namesPassagesOnly: Bool {
    switch self {
    case .trec, .msmarco, .tevatron: true
    case .dpr, .jsonl, .fid, .pyserini, .kilt: false
    }
  }
}

extension Ranking {
  fileprivate var withoutTexts: Ranking {
    var ranking = self
    for place in ranking.passages.indices {
      ranking.passages[place].passage.title = ""
      ranking.passages[place].passage.text = ""
    }
    return ranking
  }
}
