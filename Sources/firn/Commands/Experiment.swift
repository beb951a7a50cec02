import ArgumentParser
import Foundation
import Retrieval

struct Experiment: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answers questions in every way of a grid, and measures each.",
    discussion: """
      FILE is YAML; each cell of the grid is one choice of every list:

        name: nq
        index: wiki                     # or corpora: [wiki.jsonl.gz], to build it
        questions: {dev: nq.dev.jsonl}  # or {path: ..., format: ..., fold: 0/5}
        retrievers: [bm25, {name: deep, method: hybrid, top: 200}]
        rerankers: [none, 20, {name: ours, candidates: 50, module: ours.safetensors}]
        budgets: [512, {context-tokens: 1024, passages: 5}]
        readers: [minilm, {name: tuned, model: minilm, modules: [nq.safetensors]}, \
      {model: google/flan-t5-base, template: flan}]
        seeds: [1]
        skip: [{retriever: bm25, reranker: [ours, 20]}]

      The folder gets results.json, table.md, runs, predictions and copies of what was asked. Run \
      again after an interruption or with a larger grid, it does what is left.

      EXAMPLE: firn experiment corpora/starter/experiment.yaml
      """)

  @Argument(help: "The experiment, as YAML; paths in it are relative to the current folder.")
  var file: String
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Folder for the results (default: runs/NAME).", valueName: "folder"))
  var output: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let plan = try ExperimentPlan(file: file)
    var folder = try ExperimentFolder(output ?? "runs/\(plan.name)")
    var inputs = try plan.inputs(file: file)
    try folder.claim()
    try folder.hold(to: inputs)
    let questions = try copy(plan, to: folder)
    let index = try index(plan)
    inputs += index.inputs
    try folder.hold(to: inputs)
    let run = try ExperimentRun(
      plan, folder: folder, questions: questions, index: index,
      line: ProgressLine(quiet: global.quiet))
    try await run.finish()
    let results = try run.results(file: file, inputs: inputs, threads: global.threads)
    try folder.write("results.json", json: results)
    try folder.write("table.md", results.table.utf8)
    try FileHandle.standardOutput.write(contentsOf: Data(results.table.utf8))
  }

  /// The index, built from the corpora where it is not there yet.
  private func index(_ plan: ExperimentPlan) throws -> PassageIndex {
    if !plan.corpora.isEmpty {
      let options = ["--index", plan.index, "--encoder", plan.encoder]
      try Index.parse(plan.corpora + options + (global.quiet ? ["--quiet"] : [])).run()
    }
    return try PassageIndex(path: IndexPath(plan.index).path)
  }

  /// Reads the questions, and writes into the folder what is asked.
  private func copy(
    _ plan: ExperimentPlan, to folder: ExperimentFolder
  ) throws -> [String: [Question]] {
    try folder.write("experiment.yaml", Data(contentsOf: URL(filePath: file)))
    var questions: [String: [Question]] = [:]
    for set in plan.questions {
      let fold = set.fold.flatMap(Fold.init)
      let asked = try QuestionFile.read(set.path, format: set.format)
        .filter { fold?.contains($0.text) ?? true }
      if asked.isEmpty {
        throw InputError(file: set.path, expected: "a question or more", found: "none")
      }
      let lines = try asked.map { try QuestionRecord($0).line() + "\n" }
      try folder.write(set.copy, lines.joined().utf8)
      questions[set.name] = asked
    }
    return questions
  }
}

/// A question as NQ-open writes it, with its id.
private struct QuestionRecord: Encodable {
  let id, question: String
  let answer: [String]
  let passage: String?

  private enum CodingKeys: String, CodingKey {
    case id, question, answer
    case passage = "passage_id"
  }

  init(_ question: Question) {
    id = question.id
    self.question = question.text
    answer = question.answers
    passage = question.goldPassage
  }

  func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
