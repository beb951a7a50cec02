import Models
import Tensors

/// What a training loop drives: a loss with a gradient for every step, and a loss on a dev set.
package protocol Trainable: Sendable {
  /// The mean loss of step `step`, counted from 1, and its gradient: functions of the step and the
  /// parameters alone, so that a resumed run ends as an uninterrupted one.
  func gradient(step: Int, parameters: [Float]) throws -> (loss: Float, gradient: [Float])

  /// The mean loss on the dev set, in nats.
  func devLoss(parameters: [Float]) throws -> Double

  /// What a step learns from, by number.
  func examples(step: Int) -> [Int]

  /// What error messages call an example.
  func name(ofExample number: Int) -> String

  /// Stretches of the parameters, each with a factor of the rate; nil is all of them alike.
  var groups: [(range: Range<Int>, factor: Float)]? { get }
}

extension Trainable {
  package var groups: [(range: Range<Int>, factor: Float)]? { nil }

  package func name(ofExample number: Int) -> String { "\(number)" }
}

/// What a measurement found beside the loss: figures by name, better when larger.
package struct DevScores: Equatable, Sendable {
  package let figures: [(name: String, value: Double)]
  /// The one that says which measurement is best.
  package let overall: Double

  package init(_ figures: [(name: String, value: Double)], overall: Double) {
    self.figures = figures
    self.overall = overall
  }

  package static func == (a: DevScores, b: DevScores) -> Bool {
    a.overall == b.overall && a.figures.map(\.name) == b.figures.map(\.name)
      && a.figures.map(\.value) == b.figures.map(\.value)
  }
}

/// Takes steps, measures now and then, keeps the best and stops when it does not get better.
package struct TrainingLoop: Sendable {
  package struct Settings: Equatable, Sendable {
    package var schedule: LearningSchedule
    /// Largest gradient norm.
    package var clip: Float = 1
    package var decay: Float = 0
    /// Steps between two measurements.
    package var evaluateEvery = 100
    /// Measurements without a better one before training ends; 0 goes on to the last step.
    package var patience = 0
    package var dropout = ModuleDropout()
    package var criterion = Criterion.loss

    package init(schedule: LearningSchedule) { self.schedule = schedule }
  }

  /// What makes a measurement the best: the lowest dev loss, or the highest score (of equal scores
  /// the lower loss).
  package enum Criterion: String, CaseIterable, Sendable { case loss, score }

  /// Something that happened, in order.
  package enum Event: Sendable {
    /// A step was taken: its mean loss in nats, the gradient's norm before clipping, the rate.
    case step(number: Int, loss: Float, gradientNorm: Float, rate: Float)
    /// The dev set was answered; `measured` follows.
    case scored(step: Int, DevScores)
    /// The dev loss was measured.
    case measured(step: Int, loss: Double, isBest: Bool)
  }

  package let settings: Settings

  package init(settings: Settings) { self.settings = settings }

  /// Goes on from `state` to the last step or until patience ends.
  ///
  /// - Parameters:
  ///   - score: answers the dev set; needed where scores say what is best.
  ///   - save: keeps the state; called after each measurement, and when `stop` throws.
  ///   - report: told of every event; at a best measurement `state` holds what reached it.
  ///   - stop: asked after each step; it throws to interrupt a run that is to go on later.
  /// - Throws: `DivergenceError` when the loss or its gradient is not finite; what the closures throw.
  package func run(
    _ training: some Trainable, _ state: inout TrainingState,
    score: ((TrainingState) throws -> DevScores)? = nil,
    save: (TrainingState) throws -> Void = { _ in },
    report: (Event, TrainingState) throws -> Void = { _, _ in },
    stop: () throws -> Void = {}
  ) throws {
    precondition(
      settings.criterion == .loss || score != nil, "expected scores to choose by, found none")
    state.optimizer.decay = settings.decay
    while state.optimizer.step < settings.schedule.steps && !isOutOfPatience(state) {
      let number = state.optimizer.step + 1
      let (loss, gradient) = try settings.dropout.apply(step: number, state.parameters) {
        try training.gradient(step: number, parameters: $0)
      }
      let rate = settings.schedule.rate(at: number)
      let norm = try state.update(
        loss: loss, gradient: gradient, rate: rate, clip: settings.clip, groups: training.groups,
        examples: training.examples(step: number).map(training.name))
      try report(.step(number: number, loss: loss, gradientNorm: norm, rate: rate), state)
      let measures = number % settings.evaluateEvery == 0 || number == settings.schedule.steps
      if measures {
        let scores = try score?(state)
        let found = TrainingState.Best(
          loss: try training.devLoss(parameters: state.parameters), score: scores?.overall,
          step: number)
        guard found.loss.isFinite else {
          throw DivergenceError(step: number, loss: Float(found.loss), examples: ["the dev set"])
        }
        let isBest = settings.criterion.prefers(found, to: state.best)
        if isBest { state.best = found }
        if let scores { try report(.scored(step: number, scores), state) }
        try report(.measured(step: number, loss: found.loss, isBest: isBest), state)
        try save(state)
      }
      do { try stop() } catch {
        if !measures { try save(state) }
        throw error
      }
    }
  }

  private func isOutOfPatience(_ state: TrainingState) -> Bool {
    guard settings.patience > 0, let best = state.best else { return false }
    return state.optimizer.step - best.step >= settings.patience * settings.evaluateEvery
  }
}

extension TrainingLoop.Criterion {
  fileprivate func prefers(_ found: TrainingState.Best, to best: TrainingState.Best?) -> Bool {
    guard let best else { return found.loss < .infinity }
    if self == .score, let score = found.score, let other = best.score, score != other {
      return score > other
    }
    return found.loss < best.loss
  }
}
