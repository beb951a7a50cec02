import Foundation
import Testing

/// Experiments with what ships, over a corpus and questions of a few lines.
@Suite(.enabled(if: Shipped.isComplete, "modules/reader.safetensors and models/minilm are needed"))
struct ExperimentCommandTests {
  private let place: Workplace

  private static let experiment = [
    "name: tiny", "corpora: [corpus.jsonl]", "questions: {dev: questions.jsonl}",
    "retrievers: [bm25, {name: near, method: dense, top: 2}]", "rerankers: [none, 2]",
    "budgets: [40, {context-tokens: 256, passages: 1}]", "readers: [minilm]",
    "skip: [{retriever: near, reranker: [2], budget: 40t}]",
  ]

  init() throws {
    place = try Workplace()
    try place.write("corpus.jsonl", Workplace.corpus)
    try place.write("questions.jsonl", Workplace.questions)
    try place.write("tiny.yaml", Self.experiment)
    try FileManager.default.createSymbolicLink(
      at: place.folder.appending(path: "models"),
      withDestinationURL: Shipped.root.appending(path: "models"))
  }

  private func results(_ folder: String = "runs/tiny") throws -> [String: Any] {
    let data = Data(try place.read("\(folder)/results.json").utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func cells(_ folder: String = "runs/tiny") throws -> [[String: Any]] {
    try #require(try results(folder)["cells"] as? [[String: Any]])
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: place.folder.appending(path: name).path)
  }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(at: place.folder.appending(path: name))
  }

  private func cut(_ name: String, by bytes: Int) throws {
    let whole = try place.read(name)
    try Data(whole.utf8.dropLast(bytes)).write(to: place.folder.appending(path: name))
  }

  @Test func theGridIsTheProductOfTheListsWithoutWhatIsSkipped() throws {
    let result = try place.run("experiment", "tiny.yaml")
    #expect(result.status == 0)
    #expect(
      try cells().map { $0["name"] as? String } == [
        "dev.bm25.40t.minilm.s1", "dev.bm25.256t-1p.minilm.s1",
        "dev.bm25-rerank2.40t.minilm.s1", "dev.bm25-rerank2.256t-1p.minilm.s1",
        "dev.near.40t.minilm.s1", "dev.near.256t-1p.minilm.s1",
        "dev.near-rerank2.256t-1p.minilm.s1",
      ])
    #expect(result.output == (try place.read("runs/tiny/table.md")))
    #expect(result.output.contains("| bm25 | none |") && result.output.contains("| near | 2 |"))
    #expect(try place.read("runs/tiny/experiment.yaml") == place.read("tiny.yaml"))
    for cell in try cells() {
      let run = try #require(cell["run"] as? String)
      let predictions = try #require(cell["predictions"] as? String)
      #expect(exists("runs/tiny/\(run)") && exists("runs/tiny/\(predictions)"))
    }
  }

  @Test func figuresAreThoseOfEvaluation() throws {
    try place.run("experiment", "tiny.yaml")
    let cell = try #require(try cells().last)
    let metrics = try #require(cell["metrics"] as? [String: [String: Double]])
    let predictions = try #require(cell["predictions"] as? String)
    let evaluated = try place.run(
      "evaluate", "answers", "runs/tiny/\(predictions)", "--questions",
      "runs/tiny/questions/dev.jsonl", "--json")
    let expected = try #require(
      try evaluated.json()["metrics"] as? [String: [String: Double]])
    for name in ["em", "f1", "reader_recall", "ece"] { #expect(metrics[name] == expected[name]) }
    let recall = try #require(cell["recall"] as? [[String: Double]])
    let run = try #require(cell["run"] as? String)
    let ranked = try place.run(
      "evaluate", "ranking", "runs/tiny/\(run)", "--questions", "runs/tiny/questions/dev.jsonl",
      "--at", "1,2", "--json")
    let ranking = try #require(try ranked.json()["metrics"] as? [String: [String: Double]])
    #expect(recall.map { $0["k"] } == [1, 2])
    #expect(
      recall.map { $0["value"] } == ["recall@1", "recall@2"].map { ranking[$0]?["value"] })
  }

  @Test func everyCellIsWhatItsCommandGivesByItself() throws {
    try place.run("experiment", "tiny.yaml")
    for cell in try cells().suffix(2) {
      let words = try #require(cell["command"] as? String).split(separator: " ").map(String.init)
      #expect(words[0] == "firn")
      #expect(try place.run(with: Array(words.dropFirst())).status == 0)
      let predictions = try #require(cell["predictions"] as? String)
      let name = try #require(words.last)
      #expect(try place.read(name) == place.read("runs/tiny/\(predictions)"))
    }
  }

  @Test func anInterruptedExperimentIsGoneOnWithToTheSameEnd() throws {
    try place.run("experiment", "tiny.yaml", "--output", "whole")
    try place.run("experiment", "tiny.yaml", "--output", "torn")
    let torn = "torn/predictions/dev.bm25.40t.minilm.s1.jsonl"
    try cut(torn, by: 40)
    try cut("torn/runs/near-rerank2.dev.jsonl", by: 40)
    try remove("torn/predictions/dev.near-rerank2.256t-1p.minilm.s1.jsonl")
    try remove("torn/results.json")
    let finished = try mark("torn/predictions/dev.near.40t.minilm.s1.jsonl")
    #expect(try place.run("experiment", "tiny.yaml", "--output", "torn").status == 0)
    #expect(try place.read(finished.name) == finished.text)
    #expect(try place.read(torn) == place.read("whole" + torn.dropFirst(4)))
    for name in ["results.json", "table.md", "runs/near-rerank2.dev.jsonl"] {
      #expect(try place.read("torn/\(name)") == place.read("whole/\(name)"))
    }
  }

  @Test func aKilledExperimentIsGoneOnWithToTheSameEnd() throws {
    try place.run("experiment", "tiny.yaml", "--output", "whole")
    for seconds in ["0.5", "1", "2", "4"] {
      try place.run(
        "-s", "KILL", seconds, Workplace.tool.path, "experiment", "tiny.yaml", "--output", "killed",
        program: "/usr/bin/timeout")
    }
    #expect(try place.run("experiment", "tiny.yaml", "--output", "killed").status == 0)
    for name in try place.files("whole") where name != "timings.json" {
      #expect(try place.read("killed/\(name)") == place.read("whole/\(name)"), "\(name)")
    }
  }

  @Test func aFolderThatAnotherExperimentWritesIsLeftAlone() throws {
    try FileManager.default.createDirectory(
      at: place.folder.appending(path: "busy"), withIntermediateDirectories: false)
    let refused = try place.run(
      "busy", Workplace.tool.path, "experiment", "tiny.yaml", "--output", "busy",
      program: "/usr/bin/flock")
    #expect(refused.status == 74)
    #expect(refused.error.contains("busy: expected no other process that writes it, found one"))
    #expect(try place.files("busy").isEmpty)
  }

  /// Renames a field that nothing reads back, so that a file shows whether it was made again.
  private func mark(_ name: String) throws -> (name: String, text: String) {
    let text = try place.read(name).replacing("\"score\"", with: "\"points\"")
    try Data(text.utf8).write(to: place.folder.appending(path: name))
    return (name, text)
  }

  @Test func aLargerGridDoesOnlyWhatIsNew() throws {
    try place.run("experiment", "tiny.yaml")
    let small = try cells().map { $0["name"] as? String }
    let finished = try mark("runs/tiny/predictions/dev.bm25.40t.minilm.s1.jsonl")
    try place.write("tiny.yaml", Self.experiment.dropLast() + ["seeds: [1]"])
    #expect(try place.run("experiment", "tiny.yaml").status == 0)
    let large = try cells().map { $0["name"] as? String }
    #expect(large.count == 8 && Set(small).isSubset(of: large))
    #expect(try place.read(finished.name) == finished.text)
  }

  @Test func anInputThatChangedIsNamedWithWhatToDo() throws {
    try place.run("experiment", "tiny.yaml")
    try place.write("questions.jsonl", Array(Workplace.questions.prefix(1)))
    let refused = try place.run("experiment", "tiny.yaml")
    #expect(refused.status == 65)
    for part in ["questions.jsonl", "--output", "runs/tiny"] {
      #expect(refused.error.contains(part))
    }
  }

  @Test func aChoiceThatChangedUnderItsNameIsRefused() throws {
    try place.run("experiment", "tiny.yaml")
    try place.write("tiny.yaml", Self.experiment.map { $0.replacing("top: 2", with: "top: 3") })
    let refused = try place.run("experiment", "tiny.yaml")
    #expect(refused.status == 65 && refused.error.contains("top 3"))
  }
}

extension Workplace {
  /// The files below a folder of it.
  fileprivate func files(_ name: String) throws -> [String] {
    let path = folder.appending(path: name).path
    return try FileManager.default.subpathsOfDirectory(atPath: path).filter {
      !FileManager.default.fileExists(atPath: "\(path)/\($0)/.")
    }
  }
}

/// What is wrong with an experiment is found before anything is loaded.
struct ExperimentFileTests {
  private static let lines = [
    "name: tiny", "index: tiny", "questions: {dev: questions.jsonl}", "retrievers: [bm25]",
    "rerankers: [none]", "budgets: [512]", "readers: [minilm]",
  ]

  @Test(arguments: [
    (1, "nmae: tiny", "nmae"), (1, "name: a/b", "letters"), (2, "index: [tiny]", "a list"),
    (3, "questions: questions.jsonl", "keys and values"),
    (3, "questions: {dev: {path: q, fold: 5/5}}", "fold"), (3, "questions: {dev: }", "nothing"),
    (4, "retrievers: [bm52]", "bm52"), (4, "retrievers: [{name: x}]", "method"),
    (4, "retrievers: [{method: bm25, top: ten}]", "whole number"),
    (4, "retrievers: [bm25, bm25]", "again"), (4, "retrievers: []", "a list of 0"),
    (5, "rerankers: [-1]", "0 or more"), (5, "rerankers: 20", "a list"),
    (6, "budgets: [{passages: 5}]", "context-tokens"), (6, "budgets: ['512']", "whole number"),
    (7, "readers: [{model: minilm, module: x}]", "modules"),
    (8, "skip: [{retriever: dense}]", "dense"), (8, "skip: [{retreiver: bm25}]", "retreiver"),
    (8, "seeds: [one]", "one"), (8, "name: again", "twice"), (8, "skip: [", "YAML"),
  ])
  func aMistakeIsNamedWithItsLine(line: Int, text: String, named: String) throws {
    let place = try Workplace()
    var lines = Self.lines
    lines.replaceSubrange((line - 1)..<min(line, lines.count), with: [text])
    try place.write("bad.yaml", lines)
    let result = try place.run("experiment", "bad.yaml")
    #expect(result.status == 65)
    #expect(result.error.contains("bad.yaml:") && result.error.contains(named))
    if !["twice", "YAML"].contains(named) { #expect(result.error.contains("bad.yaml:\(line):")) }
    #expect(try place.names == ["bad.yaml"])
  }

  @Test func whatIsMissingIsNamed() throws {
    let place = try Workplace()
    #expect(try place.run("experiment", "none.yaml").status == 66)
    for line in Self.lines.indices {
      var lines = Self.lines
      let key = lines.remove(at: line).prefix { $0 != ":" }
      try place.write("short.yaml", lines)
      let result = try place.run("experiment", "short.yaml")
      #expect(result.status == 65 && result.error.contains("the key \(key)"))
    }
    try place.write("all.yaml", Self.lines + ["skip: [{seed: 1}]"])
    let skipped = try place.run("experiment", "all.yaml")
    #expect(skipped.status == 65 && skipped.error.contains("none of 1"))
  }

  @Test func aFolderWithOtherFilesIsLeftAlone() throws {
    let place = try Workplace.indexed()
    try place.write("tiny.yaml", Self.lines)
    let result = try place.run("experiment", "tiny.yaml", "--output", ".")
    #expect(result.status == 65 && result.error.contains("--output"))
    #expect(try place.names == ["corpus.jsonl", "indexes", "questions.jsonl", "tiny.yaml"])
  }
}
