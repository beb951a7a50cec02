import Foundation

/// Named figures with confidence intervals, for programs (JSON) and for people (a table).
///
/// It encodes as `{"metrics": {NAME: {"value", "low", "high"}}, "count"}`, figures in 0...1.
package struct MetricReport: Encodable, Sendable {
  /// What was measured under which rules, for the head of the table.
  package let title: String
  /// In the order of the table.
  package let metrics: [(name: String, estimate: MetricEstimate)]
  /// The number of questions.
  package let count: Int
  /// What a reader of the figures must know, one sentence each.
  package let warnings: [String]

  package subscript(name: String) -> MetricEstimate? {
    metrics.first { $0.name == name }?.estimate
  }

  private enum Key: String, CodingKey { case metrics, count }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let named = metrics.map { ($0.name, $0.estimate) }
    try container.encode(Dictionary(uniqueKeysWithValues: named), forKey: .metrics)
    try container.encode(count, forKey: .count)
  }

  /// The figures in per cent, one a line, with their 95 % (or other) intervals.
  package func table() -> String {
    var rows = metrics.map { name, estimate in
      [
        name, percent(estimate.value),
        "[\(percent(estimate.low)), \(percent(estimate.high))]",
      ]
    }
    rows.insert(["metric", "%", "interval"], at: 0)
    return ([title] + aligned(rows) + warnings.map { "note: \($0)" }).joined(separator: "\n")
  }
}

/// `value` (0...1) in per cent with one decimal.
func percent(_ value: Double) -> String {
  String(format: "%.1f", value * 100)
}

/// `value` with four decimals.
func decimal(_ value: Double) -> String {
  String(format: "%.4f", value)
}

/// Lines of columns two spaces apart, the first column flush left and the others flush right.
func aligned(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    zip(row, widths).enumerated().map { column, cell in
      let padding = String(repeating: " ", count: cell.1 - cell.0.count)
      return column == 0 ? cell.0 + padding : padding + cell.0
    }.joined(separator: "  ")
  }
}
