import ArgumentParser
import Evaluation
import Foundation
import Models
import Reading
import Tensors
import Tuning

/// Options of the training loop beside the schedule.
struct TrainingOptions: ParsableArguments {
  @Option(help: "What takes the steps.") var optimizer = Kind.adamw
  @Option(help: "Share of the module's numbers that a step leaves out.") var dropout: Float = 0
  @Option(
    help: ArgumentHelp(
      "Sort the examples of this many steps into batches of like length.", valueName: "steps"))
  var bucket = 1
  @Option(
    help: ArgumentHelp(
      "Dev examples, of each task, that are answered at each measurement for their scores.",
      valueName: "n"))
  var answered = 0
  @Option(help: "What makes a measurement the best: the dev loss, or the score of the answers.")
  var select = TrainingLoop.Criterion.loss

  enum Kind: String, CaseIterable, ExpressibleByArgument { case adamw, adafactor }

  func validate() throws {
    try requirePositive(bucket, "bucket")
    guard (0..<1).contains(dropout) else {
      throw ValidationError("--dropout: expected 0 or more and less than 1, found \(dropout)")
    }
    guard answered >= 0 else {
      throw ValidationError("--answered: expected 0 or more, found \(answered)")
    }
    guard select == .loss || answered > 0 else {
      throw ValidationError("--select score: expected --answered above 0, found \(answered)")
    }
  }

  func apply(to settings: inout TrainingLoop.Settings, seed: UInt64) {
    settings.dropout = ModuleDropout(rate: dropout, seed: seed)
    settings.criterion = select
  }

  /// An optimizer that took no step, for the parameters of a layout.
  func optimizer(_ layout: ParameterLayout) -> any Optimizer {
    switch optimizer {
    case .adamw: AdamW(count: layout.count)
    case .adafactor: Adafactor(matrices: layout.slices.map { ($0.rows, $0.columns) })
    }
  }

  /// What a resumed run must have too.
  var text: String { "\(optimizer) bucket \(bucket) answered \(answered)" }
}

extension TrainingLoop.Criterion: ExpressibleByArgument {}

/// What a module learns from and is measured on: pairs of a file, or the tasks of one.
struct TrainingData {
  let train, dev: PairSource
  /// Answers dev examples, where that was asked for.
  let scoring: TaskScoring?

  /// Pairs of two files of records `{"input","target","answers"?}`.
  init(
    train: String, dev: String, for model: GenerativeModel, leaving room: Int, answered: Int,
    maxTokens: Int
  ) throws {
    self.train = try .read(train, for: model, leaving: room)
    self.dev = try .read(dev, for: model, leaving: room)
    scoring =
      answered == 0
      ? nil : try .pairs(of: dev, limit: answered, maxTokens: maxTokens)
  }

  /// - Throws: `InputError`, also for examples that are longer than the network reads.
  init(
    _ file: TaskFile, for model: GenerativeModel, leaving room: Int, answered: Int, maxTokens: Int
  ) throws {
    train = try file.draws.source(for: model, leaving: room)
    dev = try file.draws.devSource(for: model, limit: file.devExamples, leaving: room)
    scoring =
      answered == 0
      ? nil
      : TaskScoring(
        tasks: file.draws.tasks, texts: file.draws.devTexts(limit: answered, heldOut: true),
        maxTokens: maxTokens)
  }
}

extension TaskScoring {
  /// The records of one file as two tasks, of exact match and of F1.
  fileprivate static func pairs(of file: String, limit: Int, maxTokens: Int) throws -> TaskScoring {
    let plain = TaskTemplate(input: "{input}", target: "{target}")
    let all = TaskTemplate(input: "{input}", target: "{answers}")
    let records = try TaskRecord.read(file, for: [plain], explanations: [all])
    let order = Permutation(count: records.count, seed: 7)
    let chosen = (0..<min(limit, records.count)).map { records[order[$0]] }
    let tasks = [LearningTask.Metric.em, .f1].map { metric in
      LearningTask(
        name: metric.rawValue, category: "dev", metric: metric, templates: [plain],
        train: records, dev: records)
    }
    return TaskScoring(
      tasks: tasks,
      texts: tasks.indices.flatMap { task in
        chosen.map { record in
          let template = record.has(all) ? all : plain
          return TaskText(
            task: task, input: template.input.filled(record),
            targets: template.target.alternatives(record), record: record)
        }
      }, maxTokens: maxTokens)
  }
}

extension TrainingState.Best {
  /// The measure in words, for a module's file.
  var text: String {
    let score = score.map { String(format: "score %.1f, ", 100 * $0) } ?? ""
    return score + String(format: "loss %.4f", loss)
  }
}

extension WeightFiles {
  /// - Throws: `CheckpointError` when a frozen model's weights are not those of the beginning.
  static func requireUnchanged(_ folder: String, sha256: String) throws {
    let now = try WeightFiles(folder: folder).computedSHA256()
    guard now == sha256 else {
      throw CheckpointError(
        file: folder, expected: "weights \(sha256.prefix(12))..., as when training began",
        found: "\(now.prefix(12))...", hint: "something wrote into the model while it was in use")
    }
  }
}

/// Puts what happens in a training run where users look: progress and notes on standard error, all
/// figures in `OUTPUT.log.jsonl`, and their curves in `OUTPUT.log.svg`.
final class TrainingNotes {
  private let log: TrainingLog
  private var curves: TrainingCurves
  private let path: String
  private let steps: Int
  private let global: GlobalOptions
  private let progress: ProgressLine

  /// - Parameter step: what the log says of later steps is cut off.
  init(output: String, after step: Int, of steps: Int, _ global: GlobalOptions) throws {
    path = output + ".log"
    log = try TrainingLog(path: path + ".jsonl", after: step)
    curves = try TrainingCurves(log: path + ".jsonl")
    self.steps = steps
    self.global = global
    progress = ProgressLine(quiet: global.quiet)
  }

  func note(_ event: TrainingLoop.Event) throws {
    try log.append(event)
    curves.append(event)
    switch event {
    case .step(let number, _, _, _): progress.update("steps", number, of: steps)
    case .scored(let step, let scores):
      let figures = scores.figures.map { $0.name + String(format: " %.1f", 100 * $0.value) }
      global.note("step \(step): dev \(figures.joined(separator: ", "))")
    case .measured(let step, let loss, let isBest):
      let score = String(format: "loss %.4f", loss)
      global.note("step \(step): dev \(score)\(isBest ? ", the best so far" : "")")
      try curves.draw(to: path + ".svg")
    }
  }
}
