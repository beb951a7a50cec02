import ArgumentParser
import Models
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
