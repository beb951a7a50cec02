/// A chart of several systems, drawn as SVG, with the numbers beside it in a table.
struct Chart {
  /// A system looks the same in all charts. Numbers beyond the page's own begin anew.
  struct Style {
    /// Also chooses the marker.
    let color: Int
    var dash = 0

    var colorClass: String { "c\(color % 8)" }
    var dashClass: String { "d\(dash % 4)" }
  }

  struct Point {
    let x, y: Double
    var low: Double?
    var high: Double?
    /// The share of questions that the point stands for, which its size shows.
    var share: Double?
  }

  struct Series {
    let name: String
    let style: Style
    let points: [Point]
    /// Whether it can be seen before somebody asks for it.
    var isShown = true
  }

  /// Unique in the page; made of letters, digits and hyphens.
  let id: String
  let title: String
  /// What the chart shows and how to read it.
  let caption: String
  let x, y: ChartAxis
  let series: [Series]
  var hasMarkers = true
  /// Draws the line on which x and y are equal.
  var hasDiagonal = false

  var figure: Markup {
    """
    <figure class="chart" id="\(id)">
    <h3>\(title)</h3>
    <svg viewBox="0 0 460 300" role="img" aria-labelledby="\(id)-title \(id)-text">
    <title id="\(id)-title">\(title)</title>
    <desc id="\(id)-text">\(description)</desc>
    \(drawing)
    </svg>
    <ul class="legend" aria-label="Systems in this chart">\(legend)</ul>
    <figcaption>\(caption)</figcaption>
    \(numbers)
    </figure>
    """
  }

  /// What the picture shows, for those who do not see it.
  private var description: String {
    let ends = series.compactMap { series -> String? in
      guard let first = series.points.first, let last = series.points.last else { return nil }
      return "\(series.name): from \(y.text(first.y)) at \(x.text(first.x)) to "
        + "\(y.text(last.y)) at \(x.text(last.x))."
    }
    return "\(y.title) against \(x.title). \(ends.joined(separator: " "))"
  }

  /// The chart's numbers; of long curves about ten points each.
  private var numbers: Markup {
    let rows: [Markup] = series.flatMap { series in
      let step = max(1, (series.points.count + 9) / 10)
      let points = series.points.enumerated().filter { index, _ in
        (series.points.count - 1 - index).isMultiple(of: step)
      }
      return points.map { _, point -> Markup in
        """
        <tr><th scope="row"><bdi>\(series.name)</bdi></th><td>\(x.text(point.x))</td>\
        <td>\(y.text(point.y))</td><td>\(interval(point))</td></tr>
        """
      }
    }
    let hasIntervals = series.contains { $0.points.contains { $0.low != nil } }
    return """
      <details><summary>The numbers</summary>
      <div class="scroll" role="region" aria-label="\(title): the numbers" tabindex="0">
      <table class="plain"><thead><tr><th scope="col">System</th><th scope="col">\(x.title)</th>\
      <th scope="col">\(y.title)</th><th scope="col">\(hasIntervals ? "95 % interval" : "")</th>\
      </tr></thead><tbody>\(rows)</tbody></table></div></details>
      """
  }

  private func interval(_ point: Point) -> String {
    guard let low = point.low, let high = point.high else { return "" }
    return "\(y.text(low)) – \(y.text(high))"
  }
}
