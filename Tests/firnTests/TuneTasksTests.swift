import Foundation
import Testing

/// Learning many tasks with a tiny T5 of random weights: what it learns means nothing, but all
/// around it must be right.
struct TuneTasksTests {
  private let place: Workplace

  init() throws {
    place = try Self.filled()
  }

  private static func filled() throws -> Workplace {
    let place = try Workplace()
    try place.writeT5("t5", .tiny)
    for (name, count) in [("copy", 30), ("label", 12), ("sum", 8)] {
      for part in ["train", "dev"] {
        try place.write(
          "\(name).\(part).jsonl",
          (0..<(part == "train" ? count : 6)).map { number in
            #"{"text": "\#(part) \#(number) words", "answer": ["w\#(number % 3)"], "n": \#(number)}"#
          })
      }
    }
    try place.write("tasks.yaml", tasks)
    return place
  }

  private static let tasks = [
    "tasks:",
    "  - name: copy", "    category: spans", "    train: copy.train.jsonl",
    "    dev: copy.dev.jsonl", "    metric: em",
    "    templates:",
    "      - {input: 'copy {text}', target: '{answer}'}",
    "      - {input: '{text}: copy', target: '{answer}'}",
    "  - name: label", "    category: labels", "    train: label.train.jsonl",
    "    dev: label.dev.jsonl", "    metric: accuracy",
    "    templates: [{input: 'label {text}', target: '{answer}'}]",
    "    explanations: [{input: 'why {text}', target: 'as {n}: {answer}'}]",
    "  - name: sum", "    dev: sum.dev.jsonl", "    metric: f1",
    "    templates: [{input: 'sum {text}', target: '{answer}'}]",
    "held-out: {tasks: [sum]}",
    "mixture: {cap: 20, temperature: 2, category-share: 0.6, explanations: 0.5, shots: 1}",
    "dev-examples: 4",
  ]

  private let command = [
    "tune", "prompt", "--reader", "./t5", "--max-tokens", "4", "--tasks", "tasks.yaml", "--output",
    "m.safetensors", "--steps", "40", "--batch", "3", "--length", "4", "--evaluate-every", "9",
    "--optimizer", "adafactor", "--dropout", "0.1", "--bucket", "3", "--answered", "2", "--select",
    "score", "--rate", "0.3",
  ]

  @Test func tasksAreLearnedTogetherAndMeasuredOneByOne() throws {
    let tuned = try place.run(with: command)
    #expect(tuned.status == 0, "\(tuned.error)")
    #expect(tuned.error.contains("step 9: dev task/copy"))
    // √20 : √12 of 30 (capped) and 12 examples.
    #expect(tuned.error.contains("mixture: copy 56.4 %, label 43.6 %; held out: sum"))
    let lines = try records(place.read("m.safetensors.log.jsonl"))
    let scored = Set(lines.compactMap { $0["score"] as? String })
    #expect(
      scored == [
        "task/copy", "task/label", "task/sum", "category/labels", "category/spans",
        "category/sum", "trained", "held-out",
      ])
    #expect(lines.count { $0["loss"] != nil } == 40)
    #expect(lines.count { $0["dev_loss"] != nil } == 5)
    #expect(try place.read("m.safetensors.log.svg").contains("Dev scores"))
    let info = try place.run(
      "evaluate", "tasks", "tasks.yaml", "--reader", "./t5", "--json",
      with: ["--max-tokens", "4", "--module", "m.safetensors", "--task-shots", "2"])
    #expect(info.status == 0, "\(info.error)")
    let document = try info.json()
    #expect(document["count"] as? Int == 12)
    let table = try place.run("evaluate", "tasks", "tasks.yaml", "--reader", "./t5", "--limit", "1")
    #expect(table.status == 0 && table.output.contains("held out"))
    #expect(table.output.split(separator: "\n").count == 9)
  }

  @Test(arguments: [["--kind", "prefix", "--hidden", "3"], ["--kind", "lora", "--rank", "2"]])
  func everyKindOfModuleLearnsTasks(kind: [String]) throws {
    let tuned = try place.run(
      "tune", "prompt", "--reader", "./t5", "--tasks", "tasks.yaml", "--output", "m.safetensors",
      with: kind + ["--steps", "3", "--batch", "2", "--optimizer", "adafactor", "--length", "2"])
    #expect(tuned.status == 0, "\(tuned.error)")
    let scored = try place.run(
      "evaluate", "tasks", "tasks.yaml", "--reader", "./t5", "--module", "m.safetensors",
      with: ["--limit", "1", "--max-tokens", "3", "--json"])
    #expect(scored.status == 0, "\(scored.error)")
    #expect(try scored.json()["count"] as? Int == 3)
  }

  @Test func aKilledRunEndsWithTheSameBytes() throws {
    #expect(try place.run(with: command).status == 0)
    let other = try Self.filled()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3 {
      let lines = Int.random(in: 1...60, using: &random)
      try other.kill(command, when: "m.safetensors.log.jsonl", has: lines)
    }
    let resumed = try other.run(with: command)
    #expect(resumed.status == 0, "\(resumed.error)")
    for name in ["m.safetensors", "m.safetensors.log.jsonl", "m.safetensors.log.svg"] {
      let (a, b) = (place.folder.appending(path: name), other.folder.appending(path: name))
      #expect(try Data(contentsOf: a) == Data(contentsOf: b), "\(name)")
    }
    // What it was learned from must be the same, too.
    let url = other.folder.appending(path: "label.train.jsonl")
    try Data(contentsOf: url).dropFirst(60).write(to: url)
    let changed = try other.run(with: command)
    #expect(changed.status == 65, "\(changed.error)")
  }

  @Test(
    arguments: [
      ("    metric: em", "    metric: bleu", "tasks.yaml:6", "em, f1, accuracy"),
      ("    category: spans", "    kategory: spans", "tasks.yaml:3", "one of the keys"),
      (
        "held-out: {tasks: [sum]}", "held-out: {tasks: [sums]}", "tasks.yaml:21", "copy, label, sum"
      ),
      ("held-out: {tasks: [sum]}", "held-out: {tasks: [copy]}", "tasks.yaml:17", "the key train"),
      ("  - name: label", "  - name: copy", "tasks.yaml:10", "different names"),
      ("dev-examples: 4", "dev-examples: 0", "tasks.yaml:23", "1 or more"),
      (
        "      - {input: 'copy {text}', target: '{answer}'}",
        "      - {input: 'copy {text}', target: '{gold}'}", "copy.train.jsonl:1", "\"gold\""
      ),
      (
        "mixture: {cap: 20, temperature: 2, category-share: 0.6, explanations: 0.5, shots: 1}",
        "mixture: {category-share: 0.4}", "tasks.yaml:22", "a number from 0.5"
      ),
    ])
  func aMistakeIsNamedWithItsLine(
    line: String, wrong: String, where location: String, expected: String
  ) throws {
    try place.write("tasks.yaml", Self.tasks.map { $0 == line ? wrong : $0 })
    let result = try place.run(with: command)
    #expect(result.status == 65 && result.error.contains(location), "\(result.error)")
    #expect(result.error.contains(expected), "\(result.error)")
  }

  @Test func optionsThatDoNotGoTogetherAreRefused() throws {
    let base = ["tune", "prompt", "--reader", "./t5", "--output", "m"]
    for extra in [
      ["--tasks", "tasks.yaml", "--dev", "d"], ["--train", "t"], ["--tasks", "t", "--train", "t"],
      ["--tasks", "tasks.yaml", "--select", "score"], ["--tasks", "tasks.yaml", "--dropout", "1"],
    ] {
      #expect(try place.run(with: base + extra).status == 64)
    }
  }

  @Test func pairsAreScoredByAllTheirAnswers() throws {
    try place.write(
      "pairs.jsonl",
      [
        #"{"input": "a b", "target": "c", "answers": ["c", "d"]}"#,
        #"{"input": "e", "target": "f"}"#,
      ])
    let tuned = try place.run(
      "tune", "prompt", "--reader", "./t5", "--train", "pairs.jsonl", "--dev", "pairs.jsonl",
      with: ["--output", "m", "--steps", "1", "--answered", "5", "--max-tokens", "3"])
    #expect(tuned.status == 0, "\(tuned.error)")
    let lines = try records(place.read("m.log.jsonl"))
    #expect(lines.compactMap { $0["score"] as? String } == ["task/em", "task/f1", "trained"])
  }
}
