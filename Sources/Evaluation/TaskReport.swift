/// The scores of a model on many tasks: each task by itself, each category as the mean of its tasks,
/// and the mean of all tasks that were learned and of all that were held out.
///
/// Intervals come from resampling each task's examples; the choice of tasks is taken as given.
/// It encodes as other reports do: `task/NAME`, `category/NAME`, `trained`, `held-out`.
package struct TaskReport: Encodable, Sendable {
  /// A task's scores, one an example, 0...1.
  package struct Row: Sendable {
    package let name, category, metric: String
    package let isHeldOut: Bool
    package let scores: [Double]

    package init(
      name: String, category: String, metric: String, isHeldOut: Bool, scores: [Double]
    ) {
      self.name = name
      self.category = category
      self.metric = metric
      self.isHeldOut = isHeldOut
      self.scores = scores
    }
  }

  /// Figures that are means over tasks, and the tasks.
  private struct Group {
    let name: String
    let rows: [Int]
  }

  package let rows: [Row]
  private let groups: [Group]

  /// Tasks without scores are left out.
  package init(_ rows: [Row]) {
    let rows = rows.filter { !$0.scores.isEmpty }
    self.rows = rows
    func group(_ name: String, _ holds: (Row) -> Bool) -> Group {
      Group(name: name, rows: rows.indices.filter { holds(rows[$0]) })
    }
    let all = Set(rows.map(\.category)).sorted()
    // One category is all tasks together.
    let categories = all.count > 1 ? all : []
    groups =
      (categories.map { category in group("category/\(category)") { $0.category == category } }
      + [group("trained") { !$0.isHeldOut }, group("held-out", \.isHeldOut)])
      .filter { !$0.rows.isEmpty }
  }

  /// The figures by name, in the order of the table.
  package var values: [(name: String, value: Double)] {
    let means = rows.map { $0.scores.reduce(0, +) / Double($0.scores.count) }
    return zip(rows, means).map { ("task/\($0.name)", $1) }
      + groups.map { ($0.name, Self.mean($0.rows.map { means[$0] })) }
  }

  /// The same with their intervals.
  package func estimates(
    _ bootstrap: Bootstrap = Bootstrap()
  ) -> [(name: String, estimate: MetricEstimate)] {
    // Columns: tasks, then groups; rows: resamples of all tasks at once.
    let tasks = rows.enumerated().map { index, row in
      Bootstrap(resamples: bootstrap.resamples, seed: bootstrap.seed &+ UInt64(index))
        .resampled([.mean(row.name, row.scores)], count: row.scores.count)[0]
    }
    let grouped = groups.map { group in
      (0..<bootstrap.resamples).map { resample in
        Self.mean(group.rows.map { tasks[$0][resample] })
      }
    }
    return zip(values, tasks + grouped).map { figure, resampled in
      (figure.name, bootstrap.interval(around: figure.value, resampled.sorted()))
    }
  }

  /// Examples in all.
  package var count: Int { rows.reduce(0) { $0 + $1.scores.count } }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private enum Key: String, CodingKey { case metrics, count }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let named = estimates().map { ($0.name, $0.estimate) }
    try container.encode(Dictionary(uniqueKeysWithValues: named), forKey: .metrics)
    try container.encode(count, forKey: .count)
  }

  /// The figures in per cent, one a line, with their intervals.
  package func table() -> String {
    var lines = [["task", "%", "interval", "metric", "examples", ""]]
    for (index, (name, estimate)) in estimates().enumerated() {
      let row = index < rows.count ? rows[index] : nil
      lines.append([
        row?.name ?? name, percent(estimate.value),
        "[\(percent(estimate.low)), \(percent(estimate.high))]", row?.metric ?? "",
        row.map { "\($0.scores.count)" } ?? "", row?.isHeldOut == true ? "held out" : "",
      ])
    }
    return aligned(lines).map { $0.replacing(#/ +$/#, with: "") }.joined(separator: "\n")
  }
}
