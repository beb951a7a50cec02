import Foundation

/// How sure it is that the candidate that was chosen is the best of several, of which some were asked
/// the first of the questions only.
///
/// A candidate's score is the chosen one's on all questions plus the difference of the two on those
/// that both were asked, so that candidates which dropped out early are compared with what they met.
/// Intervals, and how often each candidate is the best, come from resampling the questions of each
/// round; candidates that are equally good in a resample share it.
///
/// - Source: Koehn 2004, EMNLP (paired bootstrap); Efron & Tibshirani 1993, chapter 8 (strata).
package struct ChoiceReport: Encodable, Sendable {
  package struct Row: Encodable, Sendable {
    package let name: String
    /// Questions that it was asked.
    package let count: Int
    package let score: MetricEstimate
    /// Its score minus the chosen one's.
    package let difference: MetricEstimate
    /// Share of the resamples in which it is the best.
    package let best: Double
  }

  package let metric: String
  /// The chosen one first, the others by their scores.
  package let rows: [Row]

  /// - Parameter scores: each candidate's, on the first questions; one score at least.
  /// - Requires: a chosen candidate that was asked as many questions as any.
  package init(
    metric: String, names: [String], scores: [[Double]], chosen: Int,
    bootstrap: Bootstrap = Bootstrap()
  ) {
    let longest = scores[chosen].count
    precondition(
      names.count == scores.count && scores.allSatisfy { (1...longest).contains($0.count) },
      "expected 1 to \(longest) scores of each candidate, found \(scores.map(\.count))")
    self.metric = metric
    var random = SplitMix64(seed: bootstrap.seed)
    let strata = Self.strata(scores)
    let ones = [Double](repeating: 1, count: longest)
    let plain = Self.figures(ones, scores, chosen)
    var differences = scores.map { _ in [Double]() }
    var values = differences
    var wins = [Double](repeating: 0, count: scores.count)
    for _ in 0..<bootstrap.resamples {
      let figures = Self.figures(Self.draw(strata, &random), scores, chosen)
      let top = figures.map(\.score).max() ?? 0
      let best = figures.indices.filter { figures[$0].score > top - 1e-12 }
      for index in best { wins[index] += 1 / Double(best.count) }
      for (index, figure) in figures.enumerated() {
        values[index].append(figure.score)
        differences[index].append(figure.difference)
      }
    }
    let rows = names.indices.map { index in
      Row(
        name: names[index], count: scores[index].count,
        score: bootstrap.interval(around: plain[index].score, values[index].sorted()),
        difference: bootstrap.interval(
          around: plain[index].difference, differences[index].sorted()),
        best: wins[index] / Double(bootstrap.resamples))
    }
    let others = rows.indices.filter { $0 != chosen }
      .sorted { (rows[$1].score.value, $0) < (rows[$0].score.value, $1) }
    self.rows = ([chosen] + others).map { rows[$0] }
  }

  /// Questions that the same candidates were asked.
  private static func strata(_ scores: [[Double]]) -> [Range<Int>] {
    let ends = Set(scores.map(\.count)).sorted()
    return zip([0] + ends, ends).map { $0..<$1 }
  }

  /// How often each question is drawn.
  private static func draw(_ strata: [Range<Int>], _ random: inout SplitMix64) -> [Double] {
    var weights = [Double](repeating: 0, count: strata.last?.upperBound ?? 0)
    for stratum in strata {
      for _ in stratum { weights[stratum.lowerBound + random.index(below: stratum.count)] += 1 }
    }
    return weights
  }

  private static func figures(
    _ weights: [Double], _ scores: [[Double]], _ chosen: Int
  ) -> [(score: Double, difference: Double)] {
    func mean(_ values: [Double], _ count: Int) -> Double {
      (0..<count).reduce(0) { $0 + weights[$1] * values[$1] } / Double(count)
    }
    let whole = mean(scores[chosen], scores[chosen].count)
    return scores.map { own in
      let difference = mean(own, own.count) - mean(scores[chosen], own.count)
      return (whole + difference, difference)
    }
  }

  /// The candidates, best first, in per cent.
  package func table() -> String {
    var lines = [["candidate", metric, "interval", "to the first", "best in", "questions"]]
    for (index, row) in rows.enumerated() {
      let difference = row.difference
      lines.append([
        row.name, percent(row.score.value),
        "[\(percent(row.score.low)), \(percent(row.score.high))]",
        index == 0 ? "" : "[\(percent(difference.low)), \(percent(difference.high))]",
        percent(row.best) + " %", "\(row.count)",
      ])
    }
    return aligned(lines).joined(separator: "\n")
  }
}
