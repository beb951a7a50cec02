import Foundation
import Models
import Tuning

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
