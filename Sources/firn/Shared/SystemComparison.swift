import Evaluation

/// Comparisons of several systems, with p-values adjusted for their number.
///
/// One comparison encodes as its report with the names of its `systems`, several as
/// `{"systems", "count", "comparisons": [{"a", "b", "metrics", "count"}]}`; `differing` counts the
/// questions on which the systems do not all score the same.
struct SystemComparison: Encodable {
  let systems: [String]
  let differences: [SystemDifference]
  private let pairs: [(Int, Int)]
  private let reports: [ComparisonReport]

  /// - Requires: at least one pair of places among the systems.
  init(
    systems: [String], pairs: [(Int, Int)], differences: [SystemDifference],
    report: (Int, Int) -> ComparisonReport
  ) {
    precondition(!pairs.isEmpty, "expected at least one pair, found none")
    self.systems = systems
    self.pairs = pairs
    self.differences = differences
    reports = ComparisonReport.adjusted(pairs.map { report($0.0, $0.1) })
  }

  func table() -> String {
    zip(pairs, reports).map { pair, report in
      "A: \(systems[pair.0]), B: \(systems[pair.1])\n\(report.table())"
    }.joined(separator: "\n\n")
  }

  private enum Key: String, CodingKey { case systems, count, differing, comparisons }

  private struct Entry: Encodable {
    let a: String
    let b: String
    let report: ComparisonReport

    private enum Key: String, CodingKey { case a, b }

    func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var fields = encoder.container(keyedBy: Key.self)
      try fields.encode(a, forKey: .a)
      try fields.encode(b, forKey: .b)
    }
  }

  func encode(to encoder: any Encoder) throws {
    if reports.count == 1 { try reports[0].encode(to: encoder) }
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(systems, forKey: .systems)
    try fields.encode(differences.count, forKey: .differing)
    if reports.count == 1 { return }
    try fields.encode(reports[0].count, forKey: .count)
    let entries = zip(pairs, reports).map { pair, report in
      Entry(a: systems[pair.0], b: systems[pair.1], report: report)
    }
    try fields.encode(entries, forKey: .comparisons)
  }
}
