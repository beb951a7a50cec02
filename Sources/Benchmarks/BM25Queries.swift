import ArgumentParser
import Foundation
import Native
import Retrieval

/// BM25 search for many questions, in turn with peers' on the same passages.
struct BM25Queries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bm25",
    abstract: "Times BM25 search for questions, and peers'.",
    discussion: """
      FOLDER is what `Benchmarks corpus` writes, INDEX what `firn index FOLDER/corpus.jsonl \
      --encoder none` made of it. A peer is a command that is called with four more arguments: the \
      corpus, the questions, the size of a ranking and threads. It says “ready” and then answers \
      lines: “open” with the seconds to open its index and answer one question; “search” with the \
      seconds of all questions one after another, of processor time, and the longest but one in a \
      hundred; “batch”, with several threads, with the seconds of all at once, and of processor \
      time; “rank FILE” with 1, after writing a line of passages' ids for each question.
      """)

  @Argument(help: "The folder of passages and questions.")
  var folder: String
  @Argument(help: "The index of these passages.")
  var index: String
  @Option(help: "Hits of a query.")
  var top = 100
  @Option(help: "Questions taken from the beginning.")
  var limit = 500
  @Option(help: "How often every side runs.")
  var rounds = 5
  @Option(help: "A peer's command; may be repeated.")
  var peer: [String] = []
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard top > 0, limit > 0, rounds > 0 else { throw ValidationError("expected positive numbers") }
  }

  func run() throws {
    report.begin()
    let folder = URL(filePath: folder)
    let questionFile = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).jsonl")
    defer { try? FileManager.default.removeItem(at: questionFile) }
    let lines = try String(contentsOf: folder.appending(path: "questions.jsonl"), encoding: .utf8)
      .split(separator: "\n").prefix(limit)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: questionFile)
    let questions = try QuestionFile.read(questionFile.path).map(\.text)
    let peers = try peer.map { command in
      let arguments = [folder.appending(path: "corpus.jsonl").path, questionFile.path]
      return (
        name: command.split(separator: " ").last.map(String.init) ?? command,
        process: try SearchPeer(
          command: command, arguments: arguments + ["\(top)", "\(report.threads)"])
      )
    }
    try compareOpening(questions, peers)
    try compareRankings(questions, peers)
    try compareSearches(questions, peers)
  }

  /// Opening the index and answering the first question, with the files in memory.
  private func compareOpening(
    _ questions: [String], _ peers: [(name: String, process: SearchPeer)]
  ) throws {
    let own = try (0..<5).map { _ in
      try Seconds.of { _ = try PassageIndex(path: index).bm25(questions[0], top: top) }.wall
    }
    try report.write("bm25 open", "firn", ["ms": median(own) * 1e3])
    for (name, peer) in peers {
      let seconds = try peer.ask("open", 1)[0]
      try report.write("bm25 open", name, ["ms": seconds * 1e3])
    }
  }

  private func compareRankings(
    _ questions: [String], _ peers: [(name: String, process: SearchPeer)]
  ) throws {
    let opened = try PassageIndex(path: index)
    let own = try questions.map { question in
      try opened.passages(rows: opened.bm25(question, top: top).map(\.row)).map(\.id)
    }
    for (name, peer) in peers {
      let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).txt")
      defer { try? FileManager.default.removeItem(at: file) }
      _ = try peer.ask("rank \(file.path)", 1)
      let theirs = try String(contentsOf: file, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
        .prefix(questions.count).map { $0.split(separator: " ").map(String.init) }
      func overlap(_ depth: Int) -> Double {
        let shares = zip(own, theirs).map { own, theirs in
          Double(Set(own.prefix(depth)).intersection(theirs.prefix(depth)).count)
            / Double(max(1, min(depth, max(own.count, theirs.count))))
        }
        return shares.reduce(0, +) / Double(max(1, shares.count))
      }
      let same = zip(own, theirs).count { $0 == $1 }
      try report.write(
        "bm25 agreement", name,
        [
          "same first": overlap(1), "of the first 10": overlap(10), "of all": overlap(top),
          "same ranking": Double(same) / Double(max(1, questions.count)),
        ])
    }
  }

  private func compareSearches(
    _ questions: [String], _ peers: [(name: String, process: SearchPeer)]
  ) throws {
    let opened = try PassageIndex(path: index)
    var own = SearchTimes(questions.count)
    var theirs = peers.map { _ in SearchTimes(questions.count) }
    for round in 0...rounds {
      let (single, batch) = try times(questions, opened)
      let others = try peers.map { peer in
        let (_, process) = peer
        return (
          try process.ask("search", 3), report.threads > 1 ? try process.ask("batch", 2) : nil
        )
      }
      // The first round warms up.
      if round == 0 { continue }
      own.append(single, batch)
      for (place, (single, batch)) in others.enumerated() { theirs[place].append(single, batch) }
    }
    try report.write("bm25 search", "firn", own.figures)
    for ((name, _), times) in zip(peers, theirs) {
      try report.write("bm25 search", name, times.figures)
      try report.write("bm25 ratio", name, own.ratios(to: times))
    }
  }

  /// What a peer answers to “search” and “batch”.
  private func times(
    _ questions: [String], _ index: PassageIndex
  ) throws -> (single: [Double], batch: [Double]?) {
    var latencies: [Double] = []
    let all = try Seconds.of {
      latencies = try questions.map { question in
        try Seconds.of { _ = try index.bm25(question, top: top) }.wall
      }
    }
    let late = latencies.sorted()[questions.count * 99 / 100]
    guard report.threads > 1 else { return ([all.wall, all.cpu, late], nil) }
    let batch = try Seconds.of {
      _ = try Parallel.map(questions.count) { try index.bm25(questions[$0], top: top).count }
    }
    return ([all.wall, all.cpu, late], [batch.wall, batch.cpu])
  }
}

/// Seconds of several rounds over all questions.
private struct SearchTimes {
  private let questions: Double
  private var single: [[Double]] = []
  private var batch: [[Double]] = []

  init(_ questions: Int) { self.questions = Double(questions) }

  mutating func append(_ single: [Double], _ batch: [Double]?) {
    self.single.append(single)
    if let batch { self.batch.append(batch) }
  }

  private func typical(_ times: [[Double]], _ column: Int) -> Double {
    times.isEmpty ? .nan : median(times.map { $0[column] })
  }

  var figures: KeyValuePairs<String, Double> {
    [
      "questions/s": questions / typical(single, 0),
      "mean ms": typical(single, 0) / questions * 1e3,
      "p99 ms": typical(single, 2) * 1e3, "CPU ms": typical(single, 1) / questions * 1e3,
      "questions/s on all threads": questions / typical(batch, 0),
    ]
  }

  /// How often as fast as another.
  func ratios(to other: SearchTimes) -> KeyValuePairs<String, Double> {
    [
      "ratio": other.typical(other.single, 0) / typical(single, 0),
      "ratio of CPU time": other.typical(other.single, 1) / typical(single, 1),
      "ratio on all threads": other.typical(other.batch, 0) / typical(batch, 0),
    ]
  }
}
