import Evaluation
import Foundation

/// The table of a paper: retriever and re-ranking, recall at the reader's input, exact match.
struct ResultsTable {
  let questions: ReportedQuestions
  let labels: SystemLabels

  private var systems: [ReportedSystem] { questions.systems }

  var markup: Markup {
    let heads: [Markup] = labels.varying.map { #"<th scope="col">\#(Self.head($0))</th>"# }
    let rows: [Markup] = systems.indices.map(row)
    return """
      <div class="scroll" role="region" aria-label="Results on \(questions.name)" tabindex="0">
      <table class="results"><caption><span>\(caption)</span></caption>
      <thead><tr>\(heads)<th scope="col" class="number">Recall@\(depth)</th>\
      <th scope="col" class="number">Recall at the<br>reader’s input</th>\
      <th scope="col" class="number">EM</th>\
      <th scope="col" class="plot"><span class="ends"><span>\(ends.0)</span>\
      <span>EM, %</span><span>\(ends.1)</span></span></th>\
      <th scope="col" class="number">F1</th><th scope="col" class="number">ECE</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """
  }

  private static func head(_ part: SystemLabels.Part) -> String {
    switch part {
    case .experiment: "Experiment"
    case .retriever: "Retriever"
    case .rerank: "Re-ranked"
    case .contextTokens: "Context tokens"
    case .passages: "Passages at most"
    case .reader: "Reader"
    case .modules: "Modules"
    case .seed: "Seed"
    }
  }

  private var caption: Markup {
    let constant = SystemLabels.Part.allCases.filter { part in
      !labels.varying.contains(part) && ![.experiment, .modules].contains(part)
    }
    let shared = systems.first.map { SystemLabels.name($0, by: constant) } ?? ""
    let note: Markup = shared.isEmpty ? "" : " All systems: <bdi>\(shared)</bdi>."
    let count = questions.questions.count
    let answerable = questions.questions.count { !$0.answers.isEmpty }
    let recall = answerable < count ? " Recall is over the \(answerable) that have an answer." : ""
    return """
      Per cent over \(count) questions, with 95 % bootstrap intervals.\(recall)\(note)
      """
  }

  private func row(_ place: Int) -> Markup {
    let system = systems[place]
    let heads: [Markup] = labels.varying.enumerated().map { index, part in
      let value = text(part, system.cell) ?? part.value(system)
      let text: Markup = value.isEmpty ? "–" : "<bdi>\(value)</bdi>"
      return index == 0
        ? #"<th scope="row">\#(text)</th>"# : "<td>\(text)</td>"
    }
    let metrics = system.cell.metrics
    let recall = system.cell.recall.first { $0.k == depth }?.estimate
    return """
      <tr>\(heads)\(figure(recall))\(figure(metrics["reader_recall"]))\
      \(figure(metrics["em"], isMain: true))<td class="plot">\(plot(metrics["em"], place))</td>\
      \(figure(metrics["f1"]))\(figure(metrics["ece"]))</tr>
      """
  }

  /// Counts without words, since the column's head says what they count.
  private func text(_ part: SystemLabels.Part, _ cell: ResultsFile.Cell) -> String? {
    switch part {
    case .rerank: cell.rerank == 0 ? "" : "\(cell.rerank)"
    case .contextTokens: "\(cell.contextTokens)"
    case .passages: "\(cell.passages)"
    case .seed: "\(cell.seed)"
    default: nil
    }
  }

  private func figure(_ estimate: MetricEstimate?, isMain: Bool = false) -> Markup {
    guard let estimate else { return #"<td class="number">–</td>"# }
    return """
      <td class="number\(isMain ? " main" : "")">\
      <data value="\("\(estimate.value)")">\(percent(estimate.value))</data>\
      <span class="interval"><data value="\("\(estimate.low)")">\(percent(estimate.low))</data>–\
      <data value="\("\(estimate.high)")">\(percent(estimate.high))</data></span></td>
      """
  }

  /// The depth of recall that papers name most often, if every system was measured there.
  private var depth: Int {
    let depths = systems.map { Set($0.cell.recall.map(\.k)) }
    let common = depths.dropFirst().reduce(depths.first ?? []) { $0.intersection($1) }
    return common.contains(20) ? 20 : common.max() ?? 20
  }

  /// The ends of the scale of the drawn intervals, in per cent.
  private var ends: (Int, Int) {
    let estimates = systems.compactMap { $0.cell.metrics["em"] }
    let low = ((estimates.map(\.low).min() ?? 0) * 20).rounded(.down) * 5
    let high = ((estimates.map(\.high).max() ?? 1) * 20).rounded(.up) * 5
    return (Int(low), max(Int(high), Int(low) + 5))
  }

  /// The interval as a line and the value as a dot; the numbers stand beside it.
  private func plot(_ estimate: MetricEstimate?, _ place: Int) -> Markup {
    guard let estimate else { return "" }
    let (low, high) = (Double(ends.0), Double(ends.1))
    let position = { (value: Double) in
      String(format: "%.1f", 4 + (100 * value - low) / (high - low) * 152)
    }
    return """
      <svg class="\(labels.styles[place].colorClass)" viewBox="0 0 160 16" aria-hidden="true">\
      <path class="grid" d="M4 8H156"/>\
      <path class="interval" d="M\(position(estimate.low)) 8H\(position(estimate.high))"/>\
      <circle class="marker" cx="\(position(estimate.value))" cy="8" r="3.4"/></svg>
      """
  }
}

/// A share in per cent, with one decimal.
func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
