import Foundation
import Native
import Retrieval

/// The curves of a training log as a picture: losses, scores and learning rate over steps.
///
/// The SVG stands by itself, and is readable on light and on dark paper.
package struct TrainingCurves: Sendable {
  struct Series: Sendable {
    let name: String
    var points: [(step: Double, value: Double)]
  }

  private var train = Series(name: "training loss", points: [])
  private var dev = Series(name: "dev loss", points: [])
  private var rate = Series(name: "learning rate", points: [])
  private var scores: [Series] = []
  private var best: Double?

  /// - Throws: `InputError` for a file that is no log.
  package init(log path: String) throws {
    var records = JSONRecords(try InputFile(path), layout: .lines)
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: path, line: line)
      let step = Double(try record.require("step", record.integer))
      if let loss = try record.finite("loss") {
        train.points.append((step, loss))
        rate.points.append((step, try record.require("rate", record.finite)))
      } else if let loss = try record.finite("dev_loss") {
        dev.points.append((step, loss))
        if try record.bool("best") == true { best = step }
      } else if let name = try record.string("score") {
        let value = try record.require("value", record.finite)
        let index = scores.firstIndex { $0.name == name } ?? scores.endIndex
        if index == scores.endIndex { scores.append(Series(name: name, points: [])) }
        scores[index].points.append((step, value))
      }
    }
  }

  /// Draws the log at `path` into a file.
  package static func draw(log path: String, to output: String) throws {
    let svg = try TrainingCurves(log: path).svg
    try replaceFile(at: output) { try $0.write(Array(svg.utf8)) }
  }

  /// The whole picture.
  package var svg: String {
    let last = (train.points + dev.points).map(\.step).max() ?? 1
    var panels = [
      CurvePanel(
        title: "Loss, nats", height: 220, series: [Self.smoothed(train), dev], dotted: [1],
        mark: best)
    ]
    if !scores.isEmpty {
      // Means come after what they are means of, and say more.
      let shown = Array(scores.reversed().prefix(CurvePanel.colors))
      panels.append(
        CurvePanel(
          title: "Dev scores", height: 180, series: shown, dotted: Set(shown.indices),
          mark: best))
    }
    panels.append(CurvePanel(title: "Learning rate", height: 90, series: [Self.smoothed(rate)]))
    var top = 10.0
    let drawn = panels.map { panel in
      defer { top += panel.extent }
      return panel.svg(top: top, steps: last)
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 \(Int(top))" role="img">
      <title>Training curves to step \(Int(last))</title>
      <style>\(CurvePanel.style)</style>
      <rect class="paper" width="720" height="\(Int(top))"/>
      \(drawn.joined(separator: "\n"))
      </svg>

      """
  }

  /// Means of neighbours, so that a long curve has about as many points as the picture has room for.
  private static func smoothed(_ series: Series) -> Series {
    let size = (series.points.count + 299) / 300
    if size < 2 { return series }
    let points = stride(from: 0, to: series.points.count, by: size).map { start in
      let part = series.points[start..<min(start + size, series.points.count)]
      let count = Double(part.count)
      return (
        step: part.reduce(0) { $0 + $1.step } / count,
        value: part.reduce(0) { $0 + $1.value } / count
      )
    }
    return Series(name: series.name, points: points)
  }
}
