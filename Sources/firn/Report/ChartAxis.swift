import Foundation

/// One axis of a chart: where values lie, and which of them are named.
struct ChartAxis {
  struct Tick {
    let value: Double
    let text: String
  }

  let title: String
  let isLogarithmic: Bool
  let range: ClosedRange<Double>
  let ticks: [Tick]

  /// An axis of shares, in per cent, that spans the values, or all that shares can be.
  static func share(_ title: String, of values: [Double], whole: Bool = false) -> ChartAxis {
    let low = whole ? 0 : max(0, ((values.min() ?? 0) * 10).rounded(.down) / 10)
    let high = whole ? 1 : max(low + 0.1, min(1, ((values.max() ?? 1) * 10).rounded(.up) / 10))
    let step = high - low > 0.55 ? 20 : high - low > 0.25 ? 10 : 5
    let percents = Int((low * 100).rounded())...Int((high * 100).rounded())
    return ChartAxis(
      title: "\(title), %", isLogarithmic: false, range: low...high,
      ticks: percents.filter { $0 % step == 0 }.map {
        Tick(value: Double($0) / 100, text: "\($0)")
      })
  }

  /// A logarithmic axis on which each of these counts is named where there is room.
  static func counts(_ title: String, _ counts: [Int]) -> ChartAxis {
    let sorted = Set(counts.map { max(1, $0) }).sorted()
    let first = Double(sorted.first ?? 1)
    let range = first...max(Double(sorted.last ?? 1), first * 2)
    let axis = ChartAxis(title: title, isLogarithmic: true, range: range, ticks: [])
    let ticks = sorted.reversed().reduce(into: [Tick]()) { ticks, count in
      let isClear = ticks.last.map { axis.position($0.value) - axis.position(Double(count)) > 0.06 }
      if isClear ?? true { ticks.append(Tick(value: Double(count), text: "\(count)")) }
    }
    return ChartAxis(title: title, isLogarithmic: true, range: range, ticks: ticks.reversed())
  }

  /// Where a value lies, 0...1 within the range.
  func position(_ value: Double) -> Double {
    let map: (Double) -> Double = { isLogarithmic ? log($0) : $0 }
    return (map(value) - map(range.lowerBound)) / (map(range.upperBound) - map(range.lowerBound))
  }

  /// A value in words: a count as it is, a share in per cent.
  func text(_ value: Double) -> String {
    isLogarithmic ? "\(Int(value))" : String(format: "%.1f", 100 * value)
  }
}
