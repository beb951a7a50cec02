import Foundation

/// The drawn part of a chart, in the 460 by 300 units of its view box.
extension Chart {
  var drawing: Markup { "\(grid)\(series.indices.map(line))" }

  /// The systems with their colours and markers; a press hides or shows one.
  var legend: [Markup] {
    series.enumerated().map { place, series in
      """
      <li><button type="button" aria-pressed="\(series.isShown ? "true" : "false")" \
      data-series="\(place)">\(Self.swatch(series.style))<bdi>\(series.name)</bdi></button></li>
      """
    }
  }

  /// A short line with the marker of a style.
  static func swatch(_ style: Style) -> Markup {
    """
    <svg class="swatch \(style.colorClass)" viewBox="0 0 26 12" aria-hidden="true">\
    <path class="line \(style.dashClass)" d="M0 6H26"/>\
    \(marker(style, x: 13, y: 6, size: 3.4))</svg>
    """
  }

  private static let left = 40.0
  private static let right = 440.0
  private static let top = 26.0
  private static let bottom = 254.0

  private func across(_ value: Double) -> Double {
    Self.left + x.position(value) * (Self.right - Self.left)
  }

  private func down(_ value: Double) -> Double {
    Self.bottom - y.position(value) * (Self.bottom - Self.top)
  }

  private var grid: Markup {
    let horizontal: [Markup] = y.ticks.map { tick in
      let y = units(down(tick.value))
      return """
        <path class="grid" d="M40 \(y)H440"/>\
        <text text-anchor="end" x="33" y="\(y)" dy=".35em">\(tick.text)</text>
        """
    }
    let vertical: [Markup] = x.ticks.map { tick in
      let x = units(across(tick.value))
      return """
        <path class="grid" d="M\(x) 254v4"/>\
        <text text-anchor="middle" x="\(x)" y="272">\(tick.text)</text>
        """
    }
    return """
      \(horizontal)\(vertical)\(hasDiagonal ? diagonal : "")\
      <text x="440" y="294" text-anchor="end">\(x.title)</text><text x="40" y="11">\(y.title)</text>
      """
  }

  private var diagonal: Markup {
    let start = "\(units(across(0))) \(units(down(0)))"
    let end = "\(units(across(1))) \(units(down(1)))"
    return #"<path class="diagonal" d="M\#(start)L\#(end)"/>"#
  }

  private func line(_ place: Int) -> Markup {
    let series = series[place]
    // Intervals of several systems at one x stand side by side.
    let shift = (Double(place) - Double(self.series.count - 1) / 2) * 2.5
    let path = series.points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(units(across(point.x))) \(units(down(point.y)))"
    }.joined()
    let intervals: [Markup] = series.points.map { point in
      guard let low = point.low, let high = point.high else { return "" }
      let x = units(across(point.x) + shift)
      return #"<path class="interval" d="M\#(x) \#(units(down(low)))V\#(units(down(high)))"/>"#
    }
    let isMarked = hasMarkers || series.points.count == 1
    let markers: [Markup] = series.points.map { point in
      let size = point.share.map { 2 + 6 * $0.squareRoot() } ?? 3.4
      return Self.marker(series.style, x: across(point.x), y: down(point.y), size: size)
    }
    return """
      <g class="\(series.style.colorClass)\(series.isShown ? "" : " off")" data-series="\(place)">\
      \(intervals)<path class="line \(series.style.dashClass)" d="\(path)"/>\
      \(isMarked ? markers : [])</g>
      """
  }

  /// Four shapes, so that not only colours tell systems apart.
  private static func marker(_ style: Style, x: Double, y: Double, size: Double) -> Markup {
    let corners: [(Double, Double)] =
      switch style.color % 4 {
      case 1: [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
      case 2: [(0, -1.2), (1.15, 0.85), (-1.15, 0.85)]
      case 3: [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
      default: []
      }
    if corners.isEmpty {
      return #"<circle class="marker" cx="\#(units(x))" cy="\#(units(y))" r="\#(units(size))"/>"#
    }
    let path = corners.map { "\(units(x + $0.0 * size)) \(units(y + $0.1 * size))" }
    return #"<path class="marker" d="M\#(path.joined(separator: "L"))z"/>"#
  }
}

/// A length in the units of a view box.
private func units(_ value: Double) -> String { String(format: "%.1f", value) }
