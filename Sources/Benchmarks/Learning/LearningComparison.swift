import Models
import Tensors
import Tuning

/// Fills in the cells of a comparison on one network.
struct LearningComparison {
  let frozen: FrozenModel
  let sizes: LearningSizes
  let note: (String) -> Void

  /// The seed that rates are chosen on, none of those that are reported.
  private static let trialSeed: UInt64 = 0
  private let tasks = SyntheticTask.heldOut

  init(frozen: FrozenModel, sizes: LearningSizes, note: @escaping (String) -> Void) {
    (self.frozen, self.sizes, self.note) = (frozen, sizes, note)
  }

  func fill(_ kind: LearningKind, seed: UInt64, _ records: inout LearningRecords) throws {
    if records.result(frozen.model, kind, seed: seed, isTrial: false) != nil { return }
    guard kind.learns else {
      let result = frozen.ask(tasks, choosing: kind == .template, seed: seed, sizes)
      return try keep(result, isTrial: false, &records)
    }
    let rate = try rate(kind, &records)
    try keep(
      frozen.learn(kind, tasks, rate: rate, seed: seed, sizes), isTrial: false, &records)
  }

  /// The peak rate that is best on the dev examples of the seed for trials.
  private func rate(_ kind: LearningKind, _ records: inout LearningRecords) throws -> Float {
    var best: (rate: Float, dev: Double) = (0, -1)
    for rate in frozen.rates(kind) {
      let dev = try trial(kind, rate, &records)
      if dev > best.dev { best = (rate, dev) }
    }
    return best.rate
  }

  /// The dev score of a rate; a rate that leaves the finite numbers has none.
  private func trial(
    _ kind: LearningKind, _ rate: Float, _ records: inout LearningRecords
  ) throws -> Double {
    let seed = Self.trialSeed
    if let known = records.result(frozen.model, kind, seed: seed, rate: rate, isTrial: true) {
      return known.dev
    }
    do {
      let result = try frozen.learn(kind, tasks, rate: rate, seed: seed, sizes.trial)
      try keep(result, isTrial: true, &records)
      return result.dev
    } catch let error as DivergenceError {
      note("\(frozen.model) \(kind.rawValue), rate \(rate): \(error)")
      return 0
    }
  }

  private func keep(
    _ result: LearningResult, isTrial: Bool, _ records: inout LearningRecords
  ) throws {
    try records.append(result, isTrial: isTrial)
    let found = isTrial ? "trial" : "seed \(result.seed), test \(result.mean)"
    note(
      "\(result.model.rawValue) \(result.kind.rawValue), rate \(result.rate): dev \(result.dev), "
        + "\(found) \(result.chosen)")
  }
}
