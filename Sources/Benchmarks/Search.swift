import ArgumentParser
import Models
import Retrieval

/// How long one question waits for its ranking, by BM25 and by vectors; encoding it stands apart.
struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times single queries against an index.")

  @Argument(help: "The index's folder.")
  var index: String
  @Option(help: "A file of questions.")
  var questions: String
  @Option(help: "Questions taken from its beginning.")
  var limit = 200
  @Option(help: "Passages in a ranking.")
  var top = 100
  @Option(help: "The model that the index was built with, where it has vectors.")
  var model = "minilm"
  @OptionGroup var report: ReportOptions

  func run() throws {
    report.begin()
    let opened = try PassageIndex(path: index)
    let queries = try QuestionFile.read(questions).prefix(limit).map(\.text)
    try time("search bm25", queries) { _ = try opened.bm25($0, top: top) }
    guard opened.vectors != nil else { return }
    let encoder = DualEncoder(
      encoder: try SentenceEncoder(folder: ModelFolder.resolve(model), name: model))
    let vectors = queries.map { encoder.embed(questions: [$0]).vectors }
    try time("search dense", vectors) { _ = try opened.dense($0, top: top) }
    try time("encode one question", queries) { _ = encoder.embed(questions: [$0]) }
  }

  /// Every query once to warm up, then once more for the figures.
  private func time<Query>(
    _ subject: String, _ queries: [Query], _ body: (Query) throws -> Void
  ) throws {
    for query in queries { try body(query) }
    let milliseconds = try queries.map { query in try Seconds.of { try body(query) }.wall * 1e3 }
    guard !milliseconds.isEmpty else {
      throw ValidationError("expected questions in \(questions), found none")
    }
    let sorted = milliseconds.sorted()
    try report.write(
      subject, "\(queries.count) queries, top \(top)",
      ["median ms": median(sorted), "p90 ms": sorted[sorted.count * 9 / 10]])
  }
}
