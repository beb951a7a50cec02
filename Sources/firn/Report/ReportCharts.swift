import Foundation

/// The charts of one set of questions.
struct ReportCharts {
  let questions: ReportedQuestions
  let labels: SystemLabels
  /// Begins the ids of the charts.
  let prefix: String

  /// Systems that charts of every system show at first; more lines would hide one another.
  private static let shownSystems = 6

  private var systems: [ReportedSystem] { questions.systems }

  var figures: [Markup] {
    [recall, budget, riskCoverage, calibration].compactMap(\.self).map(\.figure)
  }

  /// One line for each run, since systems that share one share its recall.
  private var recall: Chart? {
    let first = questions.runs.map { run in systems.firstIndex { $0.runPath == run.path } ?? 0 }
    let parts: [SystemLabels.Part] = labels.varying.filter {
      [.experiment, .retriever, .rerank].contains($0)
    }
    var names = first.map { SystemLabels.name(systems[$0], by: parts) }
    if Set(names).count < names.count {
      names = first.map { ($0, systems[$0].cell.run as NSString) }.map { _, run in
        (run.lastPathComponent as NSString).deletingPathExtension
      }
    }
    let series = zip(first, names).filter { !systems[$0.0].cell.recall.isEmpty }.map {
      place, name in
      Chart.Series(
        name: name, style: solid(place),
        points: systems[place].cell.recall.sorted { $0.k < $1.k }.map { recall in
          Chart.Point(
            x: Double(recall.k), y: recall.estimate.value, low: recall.estimate.low,
            high: recall.estimate.high)
        })
    }
    if series.isEmpty { return nil }
    return Chart(
      id: "\(prefix)-recall", title: "Recall@k",
      caption: "Share of questions of which one of the first k passages bears an answer.",
      x: .counts("passages k", series.flatMap(\.points).map { Int($0.x) }),
      y: .share(
        "recall", of: series.flatMap(\.points).flatMap { [$0.low ?? $0.y, $0.high ?? $0.y] }),
      series: series)
  }

  /// One line for systems that differ in the budget alone; nil where none do.
  private var budget: Chart? {
    let parts = labels.varying.filter { !SystemLabels.budget.contains($0) }
    var groups: [(name: String, places: [Int])] = []
    for (place, system) in systems.enumerated() where system.cell.metrics["em"] != nil {
      let name = SystemLabels.name(system, by: parts)
      if let index = groups.firstIndex(where: { $0.name == name }) {
        groups[index].places.append(place)
      } else {
        groups.append((name, [place]))
      }
    }
    let series = groups.map { name, places in
      Chart.Series(
        name: name, style: solid(places[0]),
        points: places.map { systems[$0].cell }.sorted { $0.contextTokens < $1.contextTokens }
          .compactMap { cell in
            cell.metrics["em"].map {
              Chart.Point(x: Double(cell.contextTokens), y: $0.value, low: $0.low, high: $0.high)
            }
          })
    }
    let points = series.flatMap(\.points)
    if Set(points.map(\.x)).count < 2 { return nil }
    return Chart(
      id: "\(prefix)-budget", title: "Exact match against context budget",
      caption: "Tokens that the reader may see at once, and the share of questions it gets right.",
      x: .counts("context tokens", points.map { Int($0.x) }),
      y: .share("EM", of: points.flatMap { [$0.low ?? $0.y, $0.high ?? $0.y] }), series: series)
  }

  private var riskCoverage: Chart? {
    let series = curves { system in
      (system.riskCoverage?.points ?? []).map { Chart.Point(x: $0.coverage, y: $0.risk) }
    }
    if series.isEmpty { return nil }
    return Chart(
      id: "\(prefix)-risk", title: "Risk and coverage",
      caption: "Answering only where a system is surest: share of questions answered, and share "
        + "of these answers that are wrong. Lower is better.\(limitNote)",
      x: .share("questions answered", of: [], whole: true),
      y: .share("wrong", of: [0] + series.flatMap(\.points).map(\.y)), series: series,
      hasMarkers: false)
  }

  private var calibration: Chart? {
    let series = curves { system in
      let bins = system.calibration?.bins ?? []
      let total = Double(bins.reduce(0) { $0 + $1.count })
      return bins.map {
        Chart.Point(x: $0.confidence, y: $0.accuracy, share: Double($0.count) / total)
      }
    }
    if series.isEmpty { return nil }
    return Chart(
      id: "\(prefix)-calibration", title: "Calibration",
      caption: "Answers in ten bins of confidence: how sure the system is, and how many are right. "
        + "On the dashed line both agree; larger marks stand for more answers.\(limitNote)",
      x: .share("confidence", of: [], whole: true), y: .share("right", of: [], whole: true),
      series: series, hasDiagonal: true)
  }

  /// A curve for each system that has one.
  private func curves(_ points: (ReportedSystem) -> [Chart.Point]) -> [Chart.Series] {
    let best = systems.indices.sorted { a, b in
      (exactMatch(a), b) > (exactMatch(b), a)
    }.prefix(Self.shownSystems)
    return systems.enumerated().compactMap { place, system in
      let points = points(system)
      if points.isEmpty { return nil }
      return Chart.Series(
        name: labels.names[place], style: labels.styles[place], points: points,
        isShown: best.contains(place))
    }
  }

  /// A system's colour, for a line that stands for others too.
  private func solid(_ place: Int) -> Chart.Style {
    Chart.Style(color: labels.styles[place].color)
  }

  private func exactMatch(_ place: Int) -> Double { systems[place].cell.metrics["em"]?.value ?? 0 }

  private var limitNote: String {
    if systems.count <= Self.shownSystems { return "" }
    return " At first the \(Self.shownSystems) systems of the highest exact match are shown."
  }
}
