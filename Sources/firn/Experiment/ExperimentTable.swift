import Evaluation
import Foundation

extension ExperimentResults {
  /// The figures as Markdown: for each set of questions, reader and budget a table of retriever and
  /// re-ranking, recall at the reader's input and exact match, in per cent.
  ///
  /// - Source: the form is that of Table 2 of Levine et al. 2022, arXiv:2204.10019.
  var table: String {
    let groups = cells.grouped {
      "\($0.questions) \($0.reader) \($0.budget.name) \($0.seed)"
    }
    let head = [
      "# \(name)", "",
      "Per cent, with 95 % bootstrap intervals over questions. Recall at the reader's input is the",
      "share of questions with an answer of which a packed passage bears one. EM is exact match after",
      "SQuAD's normalisation over all questions: one without an answer is right if none is given.",
      "",
      "firn \(tool.version), `\(command)`; all figures and checksums are in results.json.", "",
    ]
    return (head + groups.flatMap(section)).joined(separator: "\n")
  }

  private func section(_ cells: [Cell]) -> [String] {
    let first = cells[0]
    let asked = questions.first { $0.name == first.questions }
    let (count, answerable) = (asked?.count ?? 0, asked?.answerable ?? 0)
    let without = answerable < count ? ", \(answerable) of them with an answer" : ""
    let limit = first.budget.passages.map { ", at most \($0) passages" } ?? ""
    let rows = cells.map { cell in
      let rerank = cell.rerank == 0 ? "none" : "\(cell.rerank)"
      return "| \(cell.retriever) | \(rerank) | \(figure(cell.metrics["reader_recall"]))"
        + " | \(figure(cell.metrics["em"])) |"
    }
    return [
      "## \(first.questions), reader \(first.reader), \(first.contextTokens) tokens\(limit)", "",
      "\(count) questions\(without); seed \(first.seed).", "",
      "| retriever | passages re-ranked | recall at the reader's input | EM |",
      "| --- | ---: | ---: | ---: |",
    ] + rows + [""]
  }

  private func figure(_ estimate: MetricEstimate?) -> String {
    guard let estimate else { return "" }
    let percent = [estimate.value, estimate.low, estimate.high].map {
      String(format: "%.1f", 100 * $0)
    }
    return "\(percent[0]) (\(percent[1]) to \(percent[2]))"
  }
}
