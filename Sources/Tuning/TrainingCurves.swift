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

  /// Curves without points.
  package init() {}

  /// The curves of a log so far.
  ///
  /// - Throws: `InputError` for a file that is no log.
  package init(log path: String) throws {
    var records = JSONRecords(try InputFile(path), layout: .lines)
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: path, line: line)
      let step = try record.require("step", record.integer)
      if let loss = try record.finite("loss") {
        add(step, loss: loss, rate: try record.require("rate", record.finite))
      } else if let loss = try record.finite("dev_loss") {
        add(step, devLoss: loss, isBest: try record.bool("best") == true)
      } else if let name = try record.string("score") {
        add(step, score: name, try record.require("value", record.finite))
      }
    }
  }

  /// Adds what happened, as reading it from the log would.
  package mutating func append(_ event: TrainingLoop.Event) {
    // The log has a Float's shortest digits, which are not those of the same number as a Double.
    func logged(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }
    switch event {
    case .step(let number, let loss, _, let rate):
      add(number, loss: logged(loss), rate: logged(rate))
    case .scored(let step, let scores):
      for (name, value) in scores.figures { add(step, score: name, value) }
    case .measured(let step, let loss, let isBest): add(step, devLoss: loss, isBest: isBest)
    }
  }

  private mutating func add(_ step: Int, loss: Double, rate: Double) {
    train.points.append((Double(step), loss))
    self.rate.points.append((Double(step), rate))
  }

  private mutating func add(_ step: Int, devLoss: Double, isBest: Bool) {
    dev.points.append((Double(step), devLoss))
    if isBest { best = Double(step) }
  }

  private mutating func add(_ step: Int, score name: String, _ value: Double) {
    let index = scores.firstIndex { $0.name == name } ?? scores.endIndex
    if index == scores.endIndex { scores.append(Series(name: name, points: [])) }
    scores[index].points.append((Double(step), value))
  }

  /// Draws the curves into a file.
  package func draw(to path: String) throws {
    try replaceFile(at: path) { try $0.write(Array(svg.utf8)) }
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
