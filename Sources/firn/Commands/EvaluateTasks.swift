import ArgumentParser
import Evaluation
import Retrieval
import Tuning

struct EvaluateTasks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "Scores of a reader that writes its answers on the tasks of a YAML file.",
    discussion: """
      The file is the one that firn tune prompt --tasks learns from:

        tasks:
          - name: boolq
            category: reading
            train: boolq.train.jsonl
            dev: boolq.dev.jsonl
            metric: accuracy
            templates:
              - {input: "{passage} {question}?", target: "{answer}"}
            explanations:
              - {input: "{question}? Why?", target: "{why} So: {answer}"}
        held-out: {tasks: [rte], categories: [nli]}
        mixture: {cap: 5000, temperature: 1, category-share: 0.5,
                  explanations: 0.2, shots: 2, shots-share: 0.3}
        dev-examples: 200

      Metrics are em, f1 and accuracy. Tasks are drawn in proportion to their examples, up to the \
      cap. Explanations and demonstrations (shots) come into the training at their shares. Dev \
      examples are answered under the task's templates by turns, with the modules that --module \
      names or without; what is held out is never learned from, and measured too.

      EXAMPLE: firn evaluate tasks tasks.yaml --reader google/flan-t5-small --module m.safetensors
      """)

  @Argument(help: "File of tasks.") var tasks: String
  @OptionGroup var reader: ReaderOptions
  @Option(help: "Dev examples of each task at most (default: as the file says).")
  var limit: Int?
  @Option(
    name: .customLong("task-shots"),
    help: "Demonstrations before each example, from its task's training data.")
  var demonstrations = 0
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let limit { try requirePositive(limit, "limit") }
    guard demonstrations >= 0 else {
      throw ValidationError("--task-shots: expected 0 or more, found \(demonstrations)")
    }
  }

  func run() async throws {
    let file = try TaskFile(tasks, seed: reader.seed)
    let modules = try ModulePaths(reader.module)
    let loaded = try await LoadedReader.connected(reader, modules) ?? LoadedReader(reader, modules)
    guard case .language(let model, _) = loaded else {
      throw ValidationError(
        "--reader: expected a model that writes its answers, found \(reader.reader)")
    }
    let scoring = TaskScoring(
      tasks: file.draws.tasks,
      texts: file.draws.devTexts(
        limit: limit ?? file.devExamples, heldOut: true, shots: demonstrations),
      maxTokens: reader.maxTokens ?? 32)
    let progress = ProgressLine(quiet: global.quiet)
    let report = try await scoring.report(model) { progress.update("examples", $0, of: $1) }
    if json {
      try output.writeJSON(report)
    } else {
      try output.write(report.table())
    }
  }
}
