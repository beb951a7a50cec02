/// A figure with its confidence interval, all in the figure's own unit.
package struct MetricEstimate: Codable, Equatable, Sendable {
  package let value: Double
  package let low: Double
  package let high: Double

  package init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }
}

/// Named figures of weighted records; the plain figures have every weight 1.
struct Statistic {
  let names: [String]
  /// A figure for each name, of one weight (a whole number) per record; nil where not defined.
  let values: ([Double]) -> [Double?]

  /// The mean of the values that are there; nil if no record with one has weight.
  static func mean(_ name: String, _ values: [Double?]) -> Statistic {
    let present = values.map { $0 == nil ? 0.0 : 1.0 }
    let filled = values.map { $0 ?? 0 }
    return Statistic(names: [name]) { weights in
      var sum = 0.0
      var total = 0.0
      for index in weights.indices {
        sum += weights[index] * filled[index]
        total += weights[index] * present[index]
      }
      return [total > 0 ? sum / total : nil]
    }
  }
}

/// Percentile bootstrap over questions.
///
/// Every resample draws as many questions as there are, with replacement; the interval runs between
/// the percentiles of the resampled figures. It is widened to hold the value itself, which
/// resampling can leave outside for figures that noise inflates, such as calibration error.
///
/// - Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
package struct Bootstrap: Sendable {
  package let resamples: Int
  package let seed: UInt64
  /// The share of resamples inside the interval.
  package let level: Double

  /// - Requires: at least one resample; a level between 0 and 1.
  package init(resamples: Int = 1000, seed: UInt64 = 1, level: Double = 0.95) {
    precondition(resamples > 0, "expected at least one resample, found \(resamples)")
    precondition(level > 0 && level < 1, "expected a level between 0 and 1, found \(level)")
    self.resamples = resamples
    self.seed = seed
    self.level = level
  }

  /// The mean of `values` with its interval; nil when there are none.
  package func mean(of values: [Double]) -> MetricEstimate? {
    estimates(of: [.mean("mean", values)], count: values.count).first?.estimate
  }

  /// Estimates the statistics over `count` records on the same resamples; those that are not
  /// defined on the records are left out.
  func estimates(
    of statistics: [Statistic], count: Int
  ) -> [(name: String, estimate: MetricEstimate)] {
    if count == 0 { return [] }
    let ones = [Double](repeating: 1, count: count)
    let plain = statistics.flatMap { $0.values(ones) }
    let resampled = resampled(statistics, count: count)
    return statistics.flatMap(\.names).enumerated().compactMap { index, name in
      plain[index].map { (name, interval(around: $0, resampled[index].sorted())) }
    }
  }

  /// The figures of each resample, for every name of the statistics, where they are defined.
  ///
  /// - Requires: at least one record.
  func resampled(_ statistics: [Statistic], count: Int) -> [[Double]] {
    var figures = [[Double]](repeating: [], count: statistics.reduce(0) { $0 + $1.names.count })
    var weights = [Double](repeating: 1, count: count)
    var random = SplitMix64(seed: seed)
    for _ in 0..<resamples {
      draw(into: &weights, &random)
      for (index, value) in statistics.flatMap({ $0.values(weights) }).enumerated() {
        if let value { figures[index].append(value) }
      }
    }
    return figures
  }

  private func draw(into weights: inout [Double], _ random: inout SplitMix64) {
    for index in weights.indices { weights[index] = 0 }
    for _ in weights.indices { weights[random.index(below: weights.count)] += 1 }
  }

  func interval(around value: Double, _ sorted: [Double]) -> MetricEstimate {
    let tail = (1 - level) / 2
    return MetricEstimate(
      value: value,
      low: min(value, quantile(tail, of: sorted) ?? value),
      high: max(value, quantile(1 - tail, of: sorted) ?? value))
  }
}

/// The quantile of sorted values, interpolated linearly between neighbours (Hyndman & Fan type 7).
func quantile(_ share: Double, of sorted: [Double]) -> Double? {
  if sorted.isEmpty { return nil }
  let position = share * Double(sorted.count - 1)
  let lower = Int(position)
  let upper = min(lower + 1, sorted.count - 1)
  return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
}
