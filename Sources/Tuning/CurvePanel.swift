import Foundation

/// One chart of the training curves: lines over steps, with axes and a legend.
struct CurvePanel {
  let title: String
  let height: Double
  let series: [TrainingCurves.Series]
  /// Which of them have a dot at each point.
  var dotted: Set<Int> = []
  /// The step that a line marks as the best.
  var mark: Double?

  /// The chart with its title, legend and axis of steps.
  var extent: Double { height + 60 + Self.rowHeight * Double(legendRows.count) }

  /// Series that can be told apart.
  static let colors = 8
  private static let left = 64.0
  private static let right = 700.0

  /// - Parameters:
  ///   - top: where the chart begins.
  ///   - steps: where the axis of steps ends.
  func svg(top: Double, steps: Double) -> String {
    let upper = top + 32 + Self.rowHeight * Double(legendRows.count)
    let lower = upper + height
    let values = series.flatMap { $0.points.map(\.value) }
    let ticks = Self.ticks(from: values.min() ?? 0, to: values.max() ?? 1, count: 4)
    let (low, high) = (ticks[0], ticks[ticks.count - 1])
    func across(_ step: Double) -> Double {
      Self.left + (Self.right - Self.left) * step / max(1, steps)
    }
    func down(_ value: Double) -> Double { lower - (lower - upper) * (value - low) / (high - low) }
    let horizontal = ticks.map { tick in
      line("grid", [(Self.left, down(tick)), (Self.right, down(tick))])
        + text(Self.number(tick), Self.left - 8, down(tick) + 4, "end")
    }
    let vertical = Self.ticks(from: 0, to: steps, count: 6).filter { $0 <= steps }.map { tick in
      line("grid", [(across(tick), lower), (across(tick), lower + 5)])
        + text(Self.number(tick), across(tick), lower + 19, "middle")
    }
    let marked = mark.map { line("best", [(across($0), upper), (across($0), lower)]) } ?? ""
    let curves = series.enumerated().map { index, series in
      let places = series.points.map { (across($0.step), down($0.value)) }
      let isDotted = dotted.contains(index) || places.count == 1
      return line("c\(index)", places) + (isDotted ? places.map { dot(index, $0) } : []).joined()
    }
    return
      ([text(title, Self.left, top + 22, "start", "title")] + horizontal + vertical + [marked]
      + curves + legend(y: top + 40)).joined(separator: "\n")
  }

  private static let rowHeight = 18.0

  /// The series by rows of the legend; none where the title says all.
  private var legendRows: [[(index: Int, name: String)]] {
    if dotted.isEmpty { return [] }
    var (rows, filled) = ([[(index: Int, name: String)]](), Double.infinity)
    for (index, series) in series.enumerated() where !series.points.isEmpty {
      let name = series.name.count > 24 ? series.name.prefix(23) + "…" : series.name
      if filled + Self.width(name) > Self.right - Self.left {
        rows.append([])
        filled = 0
      }
      filled += Self.width(name)
      rows[rows.count - 1].append((index, name))
    }
    return rows
  }

  /// About the width of a name with its line.
  private static func width(_ name: String) -> Double { 40 + 6.6 * Double(name.count) }

  private func legend(y: Double) -> [String] {
    legendRows.enumerated().flatMap { row, entries in
      var x = Self.left
      return entries.map { index, name in
        let y = y + Self.rowHeight * Double(row)
        defer { x += Self.width(name) }
        return line("c\(index)", [(x, y - 4), (x + 18, y - 4)]) + text(name, x + 23, y, "start")
      }
    }
  }

  private func line(_ kind: String, _ points: [(x: Double, y: Double)]) -> String {
    if points.isEmpty { return "" }
    let path = points.map { "\(Self.units($0.x)) \(Self.units($0.y))" }.joined(separator: "L")
    return "<path class=\"\(kind)\" d=\"M\(path)\"/>"
  }

  private func dot(_ color: Int, _ place: (x: Double, y: Double)) -> String {
    "<circle class=\"c\(color) dot\" cx=\"\(Self.units(place.x))\" cy=\"\(Self.units(place.y))\" "
      + "r=\"2.5\"/>"
  }

  private func text(
    _ text: String, _ x: Double, _ y: Double, _ anchor: String, _ kind: String = "label"
  ) -> String {
    let escaped = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")].reduce(text) {
      $0.replacing($1.0, with: $1.1)
    }
    return "<text class=\"\(kind)\" x=\"\(Self.units(x))\" y=\"\(Self.units(y))\" "
      + "text-anchor=\"\(anchor)\">\(escaped)</text>"
  }

  private static func units(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func number(_ value: Double) -> String {
    String(format: abs(value) >= 1e5 || value != 0 && abs(value) < 1e-3 ? "%.0e" : "%.5g", value)
  }

  /// Round numbers that span a range: multiples of 1, 2 or 5 times a power of ten.
  static func ticks(from low: Double, to high: Double, count: Int) -> [Double] {
    let widest = max(high - low, max(abs(low), abs(high)) * 1e-3)
    let span = widest > 0 ? widest : 1
    let power = pow(10, floor(log10(span / Double(count))))
    let factor = [1, 2, 5, 10].first { $0 * power * Double(count) >= span } ?? 10
    let step = factor * power
    let first = floor(low / step + 1e-9)
    let last = max(ceil(high / step - 1e-9), first + 1)
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  private static let light = [
    "#0b62a8", "#b4520a", "#14795a", "#8447a8", "#b03043", "#117685", "#7b5c17", "#5a5f66",
  ]
  private static let dark = [
    "#73b1ec", "#ec9a58", "#5fc7a0", "#c59ae6", "#ee8591", "#62c4d4", "#cfb06c", "#b2b6bc",
  ]

  /// Colours without variables, which some viewers of SVG do not know.
  static let style =
    """
    text{font:12px system-ui,sans-serif}.title{font-weight:600}path{fill:none;stroke-width:1.6}
    .best{stroke-dasharray:3 3}
    """ + colors(light, paper: "#fff", ink: "#1c1d1f", quiet: "#5c6066", rule: "#dcdcd8")
    + "@media (prefers-color-scheme:dark){"
    + colors(dark, paper: "#17181a", ink: "#e7e6e2", quiet: "#a3a6ab", rule: "#36383c") + "}"

  private static func colors(
    _ series: [String], paper: String, ink: String, quiet: String, rule: String
  ) -> String {
    ".paper{fill:\(paper)}.title{fill:\(ink)}.label{fill:\(quiet)}.grid{stroke:\(rule)}"
      + ".best{stroke:\(quiet)}"
      + series.enumerated().map { ".c\($0){stroke:\($1)}.dot.c\($0){fill:\($1)}" }.joined()
  }
}
