import ArgumentParser
import Models
import Retrieval

/// Pairs of questions and passages through a cross-encoder, tokenising included, in turn with peers.
struct Rerank: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times a cross-encoder on the pairs of questions and passages, and peers'.",
    discussion: """
      Each question goes with the next passages of the corpus. A peer is called as in encode, with \
      lines of {"question", "passage"}. Of --precision int8, the rank correlation (Spearman) with \
      the scores in float32 is told, question by question. \
      Sources/Benchmarks/peers/make_cross_encoder.py makes a model.
      """)

  @Argument(help: "The cross-encoder's folder.")
  var model: String
  @Option(help: "A corpus, .gz or not.")
  var passages = "corpora/starter/passages.jsonl"
  @Option(help: "A file of questions.")
  var questions = "corpora/starter/questions.test.jsonl"
  @Option(help: "Questions taken from its beginning.")
  var limit = 2
  @Option(help: "Passages for each.")
  var pairs = 100
  @OptionGroup var turns: EncodingTurns

  func validate() throws {
    guard limit > 0, pairs > 1 else {
      throw ValidationError("expected a positive --limit and at least two --pairs")
    }
  }

  func run() throws {
    turns.report.begin()
    let encoder = try CrossEncoder(
      folder: ModelFolder.resolve(model), name: model, turns.precision)
    let all = try pairsOfAll()
    _ = encoder.score(pairs: Array(all.prefix(8)))
    let records = all.map { ["question": $0.question, "passage": $0.passage] }
    try turns.run("rerank", "pairs", records: records) { _ = encoder.score(pairs: all) }
    guard turns.precision != .float32 else { return }
    let exact = try CrossEncoder(folder: ModelFolder.resolve(model), name: model)
    let (a, b) = (exact.score(pairs: all).scores, encoder.score(pairs: all).scores)
    let correlations = stride(from: 0, to: all.count, by: pairs).map { first in
      Self.correlation(
        Self.ranks(Array(a[first..<first + pairs])), Self.ranks(Array(b[first..<first + pairs])))
    }
    try turns.report.write(
      "rerank rank correlation", "\(correlations.count) questions",
      [
        "mean": correlations.reduce(0, +) / Double(correlations.count),
        "least": correlations.min() ?? .nan,
      ])
  }

  private func pairsOfAll() throws -> [CrossEncoder.Pair] {
    let questions = try QuestionFile.read(questions).prefix(limit).map(\.text)
    let passages = try Passages.first(passages, limit: questions.count * pairs)
    guard passages.count == questions.count * pairs, !questions.isEmpty else {
      throw ValidationError(
        "expected \(limit) questions with \(pairs) passages each, found \(questions.count) and "
          + "\(passages.count) passages")
    }
    return questions.enumerated().flatMap { index, question in
      passages[index * pairs..<(index + 1) * pairs].map {
        (question: question, passage: DualEncoder.text(of: $0))
      }
    }
  }

  private static func ranks(_ scores: [Float]) -> [Double] {
    var ranks = [Double](repeating: 0, count: scores.count)
    for (rank, index) in scores.indices.sorted(by: { scores[$0] < scores[$1] }).enumerated() {
      ranks[index] = Double(rank)
    }
    return ranks
  }

  /// Spearman's coefficient of two orders without ties.
  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count)
    let squares = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return 1 - 6 * squares / (n * (n * n - 1))
  }
}
