import Evaluation
import Foundation

/// Where systems lose questions: a bar for each system, with its numbers.
struct ErrorTable {
  let questions: ReportedQuestions
  let labels: SystemLabels

  /// Nil where no system tells what its passages bear.
  var markup: Markup? {
    let rows: [Markup] = zip(labels.names, questions.systems).map { name, system in
      let parts = Dictionary(
        uniqueKeysWithValues: (system.split?.parts ?? []).map { ($0.outcome, $0) })
      let cells: [Markup] = outcomes.map { cell(parts[$0]) }
      return """
        <tr><th scope="row"><bdi>\(name)</bdi></th>\
        <td class="bar">\(system.split.map(bar) ?? "")</td>\(cells)</tr>
        """
    }
    if questions.systems.allSatisfy({ $0.split == nil }) { return nil }
    let heads: [Markup] = outcomes.map { outcome in
      """
      <th scope="col" class="number"><span class="key \(outcome.rawValue)"></span>\
      \(outcome.title)</th>
      """
    }
    return """
      <div class="scroll" role="region" aria-label="Errors on \(questions.name)" tabindex="0">
      <table class="errors">\
      <caption><span>Per cent of the questions, by where they were lost.</span></caption>
      <thead><tr><th scope="col">System</th><th scope="col" class="bar">Share of questions</th>\
      \(heads)</tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """
  }

  /// In the order of the pipeline's end to its beginning, as far as any system has them.
  private var outcomes: [AnswerOutcome] {
    let found = Set(questions.systems.flatMap { $0.split?.parts.map(\.outcome) ?? [] })
    return AnswerOutcome.fromTheEnd.filter(found.contains)
  }

  private func cell(_ part: ErrorSplit.Part?) -> Markup {
    guard let part else { return #"<td class="number">–</td>"# }
    return """
      <td class="number"><data value="\("\(part.share.value)")">\(percent(part.share.value))</data>\
      <span class="interval">\(percent(part.share.low))–\(percent(part.share.high))</span></td>
      """
  }

  private func bar(_ split: ErrorSplit) -> Markup {
    let total = Double(split.outcomes.count)
    var left = 0.0
    var pieces: [Markup] = []
    for outcome in outcomes {
      let count = split.parts.first { $0.outcome == outcome }?.count ?? 0
      let width = 400 * Double(count) / total
      let (x, w) = (String(format: "%.2f", left), String(format: "%.2f", max(0, width - 1)))
      pieces.append(
        #"<rect class="\#(outcome.rawValue)" x="\#(x)" y="0" width="\#(w)" height="16"/>"#)
      left += width
    }
    return """
      <svg viewBox="0 0 400 16" preserveAspectRatio="none" aria-hidden="true">\(pieces)</svg>
      """
  }
}

extension AnswerOutcome {
  /// From right answers back to where the pipeline begins.
  static let fromTheEnd: [AnswerOutcome] = [
    .right, .notMatched, .notRead, .notPacked, .notRetrieved, .unanswerable, .unknown,
  ]

  var title: String {
    switch self {
    case .right: "Right"
    case .notMatched: "Read, not matched"
    case .notRead: "Packed, not read"
    case .notPacked: "Retrieved, not packed"
    case .notRetrieved: "Not retrieved"
    case .unanswerable: "Answered without an answer"
    case .unknown: "Wrong, unknown where"
    }
  }

  var explanation: String {
    switch self {
    case .right: "The prediction equals a gold answer, or there is none and none was given."
    case .notMatched: "The reader answered from a passage that bears an answer, but not with it."
    case .notRead: "The reader’s context held an answer; the reader did not answer from there."
    case .notPacked: "A ranked passage bears an answer, but none that reached the reader does."
    case .notRetrieved: "No passage of the ranking bears an answer."
    case .unanswerable: "The question has no gold answer, but got one."
    case .unknown: "The predictions do not tell what their passages bear."
    }
  }
}
