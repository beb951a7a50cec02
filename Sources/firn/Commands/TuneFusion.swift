import ArgumentParser
import Evaluation
import Foundation
import Native
import Retrieval

struct TuneFusion: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fusion",
    abstract: "Finds how BM25 and vectors are best joined in a hybrid search.",
    discussion: """
      The right passages of a question are the one that its record names (passage_id), or any that \
      bears an answer. Nothing is written but the table; the last line holds the options to use, \
      also in a --config file.

      EXAMPLE: firn tune fusion --index wiki --questions dev.jsonl
      """)

  @Option(name: .shortAndLong, help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Option(help: "File of questions with answers or passage_id.")
  var questions: String
  @Option(help: "Passages of each of the two rankings.")
  var top = 100
  @Option(help: "Passages that count for the recall.")
  var at = 20
  @Flag(help: "Print one JSON document.")
  var json = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  private static let batchSize = 64

  func validate() throws {
    try requirePositive(top, "top")
    try requirePositive(at, "at")
  }

  func run() throws {
    let index = try PassageIndex(path: index.path)
    let retriever = try Engines.retriever(index, .hybrid, reranker: nil)
    let read = try QuestionFile.read(questions)
    let questions = read.filter { $0.goldPassage != nil || !$0.answers.isEmpty }
    guard !questions.isEmpty else {
      throw InputError(
        file: self.questions, expected: "questions with answers or passage_id", found: "none")
    }
    if questions.count < read.count {
      global.note("left out \(read.count - questions.count) questions that say nothing is right")
    }
    let tuning = FusionTuning(try examples(questions, retriever), recallAt: at)
    let scores = tuning.scores()
    let best = FusionTuning.best(scores)
    if json {
      try output.writeJSON(Document(questions: questions.count, at: at, best: best, scores: scores))
    } else {
      try output.write(table(scores, best, count: questions.count))
    }
  }

  private func examples(
    _ questions: [Question], _ retriever: Retriever
  ) throws -> [FusionTuning.Example] {
    let line = ProgressLine(quiet: global.quiet)
    var examples: [FusionTuning.Example] = []
    for start in stride(from: 0, to: questions.count, by: Self.batchSize) {
      try Interruption.check()
      let batch = questions[start..<min(start + Self.batchSize, questions.count)]
      let lists = try retriever.lists(batch.map(\.text), top: top)
      examples += try zip(batch, lists).map { question, lists in
        let rows = Set((lists.sparse + lists.dense).map(\.row)).sorted()
        return FusionTuning.Example(
          sparse: lists.sparse, dense: lists.dense,
          relevant: try relevant(rows, question, retriever.index))
      }
      line.update("questions", batch.endIndex, of: questions.count)
    }
    return examples
  }

  private func relevant(
    _ rows: [Int], _ question: Question, _ index: PassageIndex
  ) throws -> Set<Int> {
    let passages = zip(rows, try index.passages(rows: rows))
    if let gold = question.goldPassage {
      return Set(passages.filter { $0.1.id == gold }.map { $0.0 })
    }
    let judge = HasAnswer(question.answers)
    return Set(passages.filter { judge.matches($0.1.text) }.map { $0.0 })
  }

  private func table(
    _ scores: [FusionTuning.Score], _ best: FusionTuning.Score, count: Int
  ) -> String {
    let head = "fusion           weight   recall@\(at)  MRR    (\(count) questions)"
    let rows = scores.map { score in
      let name = score.fusion.rawValue.padding(toLength: 16, withPad: " ", startingAt: 0)
      let weight = score.fusion == .reciprocalRank ? "     -" : Self.decimal(score.weight)
      let mark = score == best ? " *" : ""
      return name + " " + weight
        + String(format: "  %8.4f  %.4f", score.recall, score.reciprocalRank) + mark
    }
    return ([head] + rows + ["use " + Self.options(best)]).joined(separator: "\n")
  }

  private static func options(_ score: FusionTuning.Score) -> String {
    let name = "--fusion \(score.fusion.rawValue)"
    return score.fusion == .reciprocalRank
      ? name : name + " --fusion-weight " + decimal(score.weight)
  }

  private static func decimal(_ weight: Float) -> String { String(format: "%.4f", weight) }

  private struct Document: Encodable {
    struct Row: Encodable {
      let fusion: String
      let weight: Float?
      let recall, mrr: Double

      init(_ score: FusionTuning.Score) {
        fusion = score.fusion.rawValue
        weight = score.fusion == .reciprocalRank ? nil : score.weight
        recall = score.recall
        mrr = score.reciprocalRank
      }
    }
    let questions, at: Int
    let best: Row
    let scores: [Row]

    init(
      questions: Int, at: Int, best: FusionTuning.Score, scores: [FusionTuning.Score]
    ) {
      (self.questions, self.at, self.best) = (questions, at, Row(best))
      self.scores = scores.map(Row.init)
    }
  }
}
