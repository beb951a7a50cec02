import Foundation
import Testing

@testable import Evaluation

struct TaskReportTests {
  private func row(
    _ name: String, _ category: String, _ scores: [Double], heldOut: Bool = false
  ) -> TaskReport.Row {
    TaskReport.Row(
      name: name, category: category, metric: "em", isHeldOut: heldOut, scores: scores)
  }

  private var report: TaskReport {
    TaskReport([
      row("a", "x", [1, 1, 0, 0]), row("b", "x", [1]), row("c", "y", [0, 0.5]),
      row("d", "y", [1, 0], heldOut: true), row("none", "z", []),
    ])
  }

  @Test func tasksCountAlikeInTheirCategory() {
    let values = Dictionary(uniqueKeysWithValues: report.values.map { ($0.name, $0.value) })
    #expect(
      values == [
        "task/a": 0.5, "task/b": 1, "task/c": 0.25, "task/d": 0.5, "category/x": 0.75,
        "category/y": 0.375, "trained": 1.75 / 3, "held-out": 0.5,
      ])
  }

  @Test func oneCategoryIsNotNamedBesideAllTasks() {
    let names = TaskReport([row("a", "x", [1]), row("b", "x", [0])]).values.map(\.name)
    #expect(names == ["task/a", "task/b", "trained"])
  }

  @Test func intervalsHoldTheirValuesAndShrinkWithTasks() throws {
    let coin = (0..<100).map { Double($0 % 2) }
    let many = (0..<9).map { row("\($0)", "x", coin) }
    let estimates = TaskReport(many).estimates()
    func width(_ name: String) throws -> Double {
      let estimate = try #require(estimates.first { $0.name == name }).estimate
      #expect(estimate.low <= estimate.value && estimate.value <= estimate.high)
      return estimate.high - estimate.low
    }
    // √(¼ / 100) · 2 · 1.96 = 0.196 for a task; a third of it for the mean of nine.
    #expect(abs(try width("task/3") - 0.196) < 0.03)
    #expect(abs(try width("trained") - 0.196 / 3) < 0.012)
  }

  @Test func itIsWrittenAsOtherReports() throws {
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report))
    let document = try #require(json as? [String: Any])
    #expect(document["count"] as? Int == 9)
    let metrics = try #require(document["metrics"] as? [String: [String: Double]])
    #expect(metrics.count == 8 && metrics["category/x"]?["value"] == 0.75)
    let lines = report.table().split(separator: "\n")
    #expect(lines.count == 9 && lines[4].hasPrefix("d ") && lines[4].hasSuffix("held out"))
  }
}
