import Foundation
import Retrieval
import Testing

@testable import Tuning

struct TaskDrawsTests {
  private func record(_ number: Int, _ fields: [String: [String]]) -> TaskRecord {
    TaskRecord(fields: fields, file: "data.jsonl", line: number + 1)
  }

  private func task(
    _ name: String, count: Int, category: String = "c", explained: Bool = false,
    isHeldOut: Bool = false
  ) -> LearningTask {
    let records = (0..<count).map { number in
      var fields = ["q": ["\(name) \(number)"], "a": ["answer \(number)", "other"]]
      // Every second record says why.
      if explained, number % 2 == 0 { fields["why"] = ["because \(number)"] }
      return record(number, fields)
    }
    return LearningTask(
      name: name, category: category, metric: .em,
      templates: [
        TaskTemplate(input: "Q: {q}", target: "{a}"), TaskTemplate(input: "{q}?\n", target: "{a}"),
      ],
      explanations: explained ? [TaskTemplate(input: "Why: {q}", target: "{why}, so {a}")] : [],
      isHeldOut: isHeldOut, train: records, dev: Array(records.prefix(5)))
  }

  private func draws(
    _ tasks: [LearningTask], _ change: (inout TaskDraws.Settings) -> Void = { _ in }
  ) -> TaskDraws {
    var settings = TaskDraws.Settings()
    change(&settings)
    return TaskDraws(tasks, settings)
  }

  // MARK: Texts

  @Test func fieldsAreFilledAndOtherBracesStay() {
    let text = FieldText("{ {q} {\"x\": {n}} {} {q")
    #expect(text.fields == ["q", "n"])
    let record = record(0, ["q": ["who"], "n": ["1", "2"]])
    #expect(text.filled(record) == "{ who {\"x\": 1, 2} {} {q")
    #expect(FieldText("{q}: {n}").alternatives(record) == ["who: 1", "who: 2"])
    // What is filled in is not searched for places.
    let tricky = self.record(0, ["q": ["{n}"], "n": ["1"]])
    #expect(FieldText("{q}").filled(tricky) == "{n}")
  }

  @Test func recordsSayWhichLineIsWrong() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("data.jsonl")
    let template = TaskTemplate(input: "{q}", target: "{a}")
    func error(_ lines: [String]) throws -> InputError? {
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path))
      do {
        _ = try TaskRecord.read(path, for: [template])
        return nil
      } catch let error as InputError {
        return error
      }
    }
    #expect(try error([#"{"q": "x", "a": [1, true], "more": {}}"#]) == nil)
    #expect(
      try TaskRecord.read(path, for: [template])[0].fields == ["q": ["x"], "a": ["1", "true"]])
    let missing = try #require(try error([#"{"q": "x", "a": "y"}"#, #"{"q": "x"}"#]))
    #expect(missing.line == 2 && missing.expected.contains("\"a\""))
    let empty = try #require(try error([#"{"q": "x", "a": ["y", " "]}"#]))
    #expect(empty.line == 1 && empty.expected.contains("target"))
    let nested = try #require(try error([#"{"q": {"x": 1}, "a": "y"}"#]))
    #expect(nested.line == 1 && nested.expected.contains("texts"))
    #expect(try error([]) != nil)
  }

  // MARK: Draws

  @Test func everyTemplateAndTaskIsDrawn() {
    let draws = draws([task("x", count: 20), task("y", count: 20)])
    let texts = (0..<400).map { draws.draw(at: $0) }
    for name in ["x", "y"] {
      #expect(texts.contains { $0.input.hasPrefix("Q: \(name)") })
      #expect(texts.contains { $0.input.hasPrefix(name) && $0.input.hasSuffix("?\n") })
    }
    #expect(texts.allSatisfy { $0.shots.isEmpty && $0.targets.count == 2 })
  }

  @Test func heldOutTasksAreNeverDrawnButMeasured() {
    let draws = draws([
      task("x", count: 10), task("y", count: 1000, isHeldOut: true), task("z", count: 10),
    ])
    #expect(Set((0..<500).map { draws.draw(at: $0).task }) == [0, 2])
    #expect(Set(draws.devTexts(limit: 3, heldOut: true).map(\.task)) == [0, 1, 2])
    #expect(Set(draws.devTexts(limit: 3, heldOut: false).map(\.task)) == [0, 2])
  }

  @Test func explanationsComeAtTheirRateWhereThereAreAny() {
    let draws = draws([task("x", count: 50, explained: true), task("y", count: 50)]) {
      $0.explanations = 0.5
    }
    let texts = (0..<2000).map { draws.draw(at: $0) }
    let explained = texts.filter { $0.input.hasPrefix("Why:") }
    // Half of the draws ask for one, half of those are of task x, half of its records have one.
    #expect(abs(Double(explained.count) / 2000 - 0.125) < 0.03)
    #expect(explained.allSatisfy { $0.targets[0].hasPrefix("because") && $0.task == 0 })
  }

  @Test func demonstrationsAreOthersOfTheSameTask() {
    let draws = draws([task("x", count: 8), task("y", count: 3)]) {
      $0.shots = 4
      $0.shotsShare = 0.5
    }
    let texts = (0..<600).map { draws.draw(at: $0) }
    let shown = texts.filter { !$0.shots.isEmpty }
    #expect(abs(Double(shown.count) / 600 - 0.5) < 0.1)
    for text in shown {
      // Task y has two others only.
      #expect(text.shots.count == (text.task == 0 ? 4 : 2))
      #expect(Set(text.shots).count == text.shots.count)
      let name = draws.tasks[text.task].name
      let own = text.record.fields["q"]?[0] ?? ""
      let isQuestion = text.input.hasPrefix("Q: ")
      for shot in text.shots {
        #expect(shot.contains(name) && !shot.contains("\(own)\n") && !shot.contains("\(own)?"))
        // Under the same template, with a blank where a model would write one.
        #expect(shot.contains(isQuestion ? " answer " : "?\nanswer "))
      }
    }
  }

  @Test func anExampleIsNotShownBeforeItsTwin() {
    let twins = LearningTask(
      name: "t", category: "c", metric: .em, templates: [TaskTemplate(input: "{q}", target: "{q}")],
      train: [record(0, ["q": ["same"]]), record(1, ["q": ["same"]])], dev: [])
    let draws = draws([twins]) { $0.shots = 1 }
    #expect((0..<20).allSatisfy { draws.draw(at: $0).shots.isEmpty })
  }

  @Test func demonstrationsGiveWayToTheText() {
    let draws = draws([task("x", count: 8)]) { $0.shots = 3 }
    let text = draws.draw(at: 0)
    let whole = text.prompt { _ in true }
    #expect(whole == (text.shots + [text.input]).joined(separator: "\n\n"))
    let shorter = text.prompt { $0.count < whole.count }
    #expect(shorter == (text.shots.dropFirst() + [text.input]).joined(separator: "\n\n"))
    #expect(text.prompt { _ in false } == text.input)
  }

  @Test func drawsHangOnSeedAndPlaceAlone() {
    let tasks = [task("x", count: 30, explained: true), task("y", count: 10)]
    func texts(seed: UInt64) -> [TaskText] {
      let draws = draws(tasks) {
        ($0.seed, $0.shots, $0.shotsShare, $0.explanations) = (seed, 2, 0.5, 0.5)
      }
      return (50..<100).map { draws.draw(at: $0) }
    }
    #expect(texts(seed: 1) == texts(seed: 1))
    #expect(texts(seed: 1) != texts(seed: 2))
  }

  // MARK: Batches

  @Test func bucketsSortLikeLengthsTogetherAndLoseNothing() throws {
    var source = PairSource(count: 64) { _ in throw CancellationError() }
    let lengths = (0..<64).map { ($0 * 37) % 64 }
    source.length = { lengths[$0] }
    let bucketed = source.bucketed(steps: 8, batch: 4, seed: 3)
    let epochs = EpochOrder(count: 64, seed: 3)
    let order = try #require(bucketed.order)
    for window in 0..<6 {
      let places = window * 32..<(window + 1) * 32
      let found = places.map(order)
      #expect(found.sorted() == places.map { epochs[$0] }.sorted())
      let spans = stride(from: 0, to: 32, by: 4).map { start in
        let batch = found[start..<start + 4].map { lengths[$0] }
        return (batch.max() ?? 0) - (batch.min() ?? 0)
      }
      // Shuffled, a batch of 4 of 64 lengths would span about 38.
      #expect(spans.max() ?? 64 < 24)
    }
    // Batches do not come in the order of their lengths, and each place stands for itself.
    let again = source.bucketed(steps: 8, batch: 4, seed: 3)
    #expect([40, 3, 70].map { again.order?($0) } == [40, 3, 70].map(order))
    let firsts = stride(from: 0, to: 32, by: 4).map { lengths[order($0)] }
    #expect(firsts != firsts.sorted())
  }
}
