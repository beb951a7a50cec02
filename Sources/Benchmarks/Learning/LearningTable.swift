import Foundation

/// A line of the comparison: one kind of module on one network over all seeds.
struct LearningRow {
  let model: SmallModel
  let kind: LearningKind
  /// Learned numbers for all tasks together.
  let parameters: Int
  let rate: Float
  /// The mean score over tasks: over seeds, and half of its 95 % interval.
  let mean, margin: Double
  /// The mean over seeds by task.
  let scores: [String: Double]
  /// Examples of each task at the first measurement that reaches the goal, the median over seeds; nil
  /// where most seeds do not.
  let examples: Int?
}

/// The comparison's table.
struct LearningTable {
  let rows: [LearningRow]
  let tasks: [String]

  /// The share of full fine-tuning's dev score that counts as learned.
  static let goal = 0.9

  init(_ results: [LearningResult], tasks: [String]) {
    self.tasks = tasks
    rows = SmallModel.allCases.flatMap { model in
      let own = results.filter { $0.model == model }
      let full = own.filter { $0.kind == .full }.map(\.dev)
      let goal = full.isEmpty ? Double.infinity : Self.goal * Self.mean(full)
      return LearningKind.allCases.compactMap { kind in
        Self.row(own.filter { $0.kind == kind }, goal: goal, tasks: tasks)
      }
    }
  }

  private static func row(
    _ results: [LearningResult], goal: Double, tasks: [String]
  ) -> LearningRow? {
    guard let first = results.first else { return nil }
    let means = results.map(\.mean)
    let reached = results.map { result in
      result.curve.first { $0.score >= goal }.map { Double($0.examples) } ?? .infinity
    }
    let examples = median(reached)
    return LearningRow(
      model: first.model, kind: first.kind, parameters: first.parameters, rate: first.rate,
      mean: mean(means), margin: margin(means),
      scores: Dictionary(
        uniqueKeysWithValues: tasks.map { task in
          (task, mean(results.map { $0.scores[task] ?? .nan }))
        }),
      examples: examples.isFinite ? Int(examples) : nil)
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// Half of Student's 95 % interval of the mean: t · deviation / √count.
  static func margin(_ values: [Double]) -> Double {
    // The 97.5 % quantiles of t for 1 ... 4 degrees of freedom.
    let quantiles = [12.706, 4.303, 3.182, 2.776]
    guard (2...5).contains(values.count) else { return .nan }
    let center = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    let deviation = (squares / Double(values.count - 1)).squareRoot()
    return quantiles[values.count - 2] * deviation / Double(values.count).squareRoot()
  }

  // MARK: Printing

  /// The rows as Markdown, scores in per cent.
  var markdown: String {
    let titles = ["network", "what is learned", "parameters", "score"] + tasks + ["examples"]
    let lines = rows.map { row in
      [
        row.model.title, row.kind.rawValue, "\(row.parameters)",
        "\(Self.percent(row.mean)) ± \(Self.percent(row.margin))",
      ] + tasks.map { Self.percent(row.scores[$0] ?? .nan) } + [examples(row)]
    }
    return ([titles, titles.map { _ in "---" }] + lines).map {
      "| \($0.joined(separator: " | ")) |"
    }.joined(separator: "\n")
  }

  private func examples(_ row: LearningRow) -> String {
    guard row.kind.learns else { return row.examples == nil ? "–" : "none" }
    return row.examples.map { "\($0)" } ?? "not reached"
  }

  private static func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
}
