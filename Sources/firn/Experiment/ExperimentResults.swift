import Evaluation
import Foundation
import Retrieval

/// What an experiment found, as `results.json` tells it; paths are relative to its folder.
///
/// It holds no times, so that two runs of one file give the same bytes.
struct ExperimentResults: Encodable {
  struct Tool: Encodable {
    let version: String
  }

  struct Questions: Encodable {
    let name, path: String
    let count: Int
    /// Questions with an answer, over which recall is measured.
    let answerable: Int
  }

  struct Recall: Encodable {
    let k: Int
    let value, low, high: Double
  }

  struct Cell: Encodable {
    let name, questions, retriever: String
    let rerank, contextTokens, passages: Int
    let reader: String
    /// Files, the reader's.
    let modules: [String]
    let seed: Int
    let command, run, predictions: String
    /// Figures that are not defined on the answers are left out.
    let metrics: [String: MetricEstimate]
    let recall: [Recall]
    /// For the table's headings.
    let budget: ExperimentCell.Budget

    private enum CodingKeys: String, CodingKey {
      case name, questions, retriever, rerank, passages, reader, modules, seed, command, run
      case predictions, metrics, recall
      case contextTokens = "context_tokens"
    }
  }

  let version = 1
  let name: String
  let tool = Tool(version: Firn.version)
  let machine = Machine.current
  let command: String
  let inputs: [ExperimentInput]
  let questions: [Questions]
  let cells: [Cell]

  private enum CodingKeys: String, CodingKey {
    case version, name, tool, machine, command, inputs, questions, cells
  }
}

extension ExperimentRun {
  /// Measures what was written.
  ///
  /// - Parameter threads: what the command was given, if anything.
  func results(
    file: String, inputs: [ExperimentInput], threads: Int?
  ) throws -> ExperimentResults {
    var recalls: [String: [ExperimentResults.Recall]] = [:]
    let extra = threads.map { ["--threads", "\($0)"] } ?? []
    let cells = try plan.cells.map { cell in
      let recall = try recalls[cell.runPath] ?? recall(cell)
      recalls[cell.runPath] = recall
      return ExperimentResults.Cell(
        name: cell.name, questions: cell.questions.name, retriever: cell.retriever.name,
        rerank: cell.reranker.candidates, contextTokens: cell.budget.contextTokens,
        passages: cell.budget.passages ?? cell.retriever.top, reader: cell.reader.name,
        modules: try cell.reader.modulePaths.map(\.belowCurrentFolder),
        seed: cell.seed,
        command: shellWords(
          ["firn", "answer"] + cell.arguments + extra + ["--output", "\(cell.name).jsonl"]),
        run: cell.runPath, predictions: cell.predictionsPath, metrics: try metrics(cell),
        recall: recall, budget: cell.budget)
    }
    return ExperimentResults(
      name: plan.name, command: shellWords(["firn", "experiment", file] + extra), inputs: inputs,
      questions: plan.questions.map {
        let asked = questions(of: $0)
        return .init(
          name: $0.name, path: $0.copy, count: asked.count,
          answerable: asked.count { !$0.answers.isEmpty })
      }, cells: cells)
  }

  private func metrics(_ cell: ExperimentCell) throws -> [String: MetricEstimate] {
    let path = folder.file(cell.predictionsPath)
    let judgement = Judgement(questions: questions(of: cell.questions), file: cell.questions.path)
    let report = MetricReport(
      answers: try judgement.answers(PredictionRecord.read(path), path: path, partial: false))
    let names = ["em", "f1", "reader_recall", "ece"]
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in report[name].map { (name, $0) } })
  }

  /// Recall of the cell's run by whether passages bear an answer; empty where no question has one.
  private func recall(_ cell: ExperimentCell) throws -> [ExperimentResults.Recall] {
    var rankings: [RankedQuestion] = []
    try RunReader.forEachRanking(folder.file(cell.runPath)) { ranking in
      if ranking.question.answers.isEmpty { return }
      let hits = ranking.passages.map { $0.hasAnswer ?? false }
      rankings.append(RankedQuestion(id: ranking.question.id, hits: hits))
    }
    let top = cell.retriever.top
    let depths = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].filter { $0 < top } + [top]
    let report = MetricReport(rankings: rankings, at: depths)
    return depths.compactMap { k in
      report["recall@\(k)"].map { .init(k: k, value: $0.value, low: $0.low, high: $0.high) }
    }
  }
}

/// Words as a shell takes them apart again.
func shellWords(_ words: [String]) -> String {
  words.map { word in
    let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./,:=+@%".contains($0) }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }.joined(separator: " ")
}
