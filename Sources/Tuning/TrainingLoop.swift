import Models
import Tensors

/// What a training loop drives: a loss with a gradient for every step, and a loss on a dev set.
package protocol Trainable: Sendable {
  /// The mean loss of step `step`, counted from 1, and its gradient: functions of the step and the
  /// parameters alone, so that a resumed run ends as an uninterrupted one.
  func gradient(step: Int, parameters: [Float]) throws -> (loss: Float, gradient: [Float])

  /// The mean loss on the dev set, in nats.
  func devLoss(parameters: [Float]) throws -> Double

  /// What a step learns from, by number, for error messages.
  func examples(step: Int) -> [Int]
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
    /// Measurements without a better dev loss before training ends; 0 goes on to the last step.
    package var patience = 0

    package init(schedule: LearningSchedule) { self.schedule = schedule }
  }

  /// Something that happened, in order.
  package enum Event: Sendable {
    /// A step was taken: its mean loss in nats, the gradient's norm before clipping, the rate.
    case step(number: Int, loss: Float, gradientNorm: Float, rate: Float)
    /// The dev loss was measured.
    case measured(step: Int, loss: Double, isBest: Bool)
  }

  package let settings: Settings

  package init(settings: Settings) { self.settings = settings }

  /// Goes on from `state` to the last step or until patience ends.
  ///
  /// - Parameters:
  ///   - save: keeps the state; called after each measurement, and when `stop` throws.
  ///   - report: told of every event; at a best measurement `state` holds what reached it.
  ///   - stop: asked after each step; it throws to interrupt a run that is to go on later.
  /// - Throws: `DivergenceError` when the loss or its gradient is not finite; what the closures throw.
  package func run(
    _ training: some Trainable, _ state: inout TrainingState,
    save: (TrainingState) throws -> Void = { _ in },
    report: (Event, TrainingState) throws -> Void = { _, _ in },
    stop: () throws -> Void = {}
  ) throws {
    state.optimizer.decay = settings.decay
    while state.optimizer.step < settings.schedule.steps && !isOutOfPatience(state) {
      let number = state.optimizer.step + 1
      let (loss, gradient) = try training.gradient(step: number, parameters: state.parameters)
      let rate = settings.schedule.rate(at: number)
      let norm = try state.update(
        loss: loss, gradient: gradient, rate: rate, clip: settings.clip,
        examples: training.examples(step: number))
      try report(.step(number: number, loss: loss, gradientNorm: norm, rate: rate), state)
      let measures = number % settings.evaluateEvery == 0 || number == settings.schedule.steps
      if measures {
        let dev = try training.devLoss(parameters: state.parameters)
        let isBest = dev < state.best?.loss ?? .infinity
        if isBest { state.best = (dev, number) }
        try report(.measured(step: number, loss: dev, isBest: isBest), state)
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
