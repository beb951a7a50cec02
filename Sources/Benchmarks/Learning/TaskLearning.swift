import Models
import Tensors
import Tuning

/// How much is learned from, and how it is measured.
struct LearningSizes: Codable, Equatable {
  /// Steps for each task, and examples of it in a step.
  var steps = 200
  var batch = 16
  /// Measurements on the dev examples, and how many examples of each task these are.
  var measurements = 5
  var dev = 80
  var test = 400

  /// What a rate is chosen by: half of the steps, nothing on test examples.
  var trial: LearningSizes {
    var sizes = self
    (sizes.steps, sizes.measurements, sizes.test) = (steps / 2, 1, 0)
    return sizes
  }
}

/// What was reached on one network with one kind of module from one seed.
struct LearningResult: Codable {
  let model: SmallModel
  let kind: LearningKind
  let seed: UInt64
  /// The peak rate; 0 where nothing is learned.
  let rate: Float
  /// Learned numbers for all tasks together.
  let parameters: Int
  /// The share of the test examples answered exactly, by task.
  let scores: [String: Double]
  /// The mean over tasks of the same on the dev examples, after so many examples of each task.
  let curve: [Point]
  /// What was chosen on the dev examples, where something was.
  var chosen: [String: String] = [:]

  struct Point: Codable {
    let examples: Int
    let score: Double
  }

  var mean: Double { scores.values.reduce(0, +) / Double(scores.count) }
  /// The best measurement on the dev examples.
  var dev: Double { curve.map(\.score).max() ?? 0 }
}

extension FrozenModel {
  /// Learns a kind of module on every task, or on all at once, and measures the best of its
  /// measurements on the test examples.
  ///
  /// - Throws: `DivergenceError` when a rate is too high.
  func learn(
    _ kind: LearningKind, _ tasks: [SyntheticTask], rate: Float, seed: UInt64,
    _ sizes: LearningSizes
  ) throws -> LearningResult {
    var scores: [String: Double] = [:]
    var curves: [[LearningResult.Point]] = []
    var parameters = 0
    for group in kind.groups(tasks) {
      let (module, start) = try module(kind, seed: seed)
      let (best, curve) = try learn(module, start, group, rate: rate, seed: seed, sizes)
      let learned = module.applied(to: network, parameters: best)
      for task in group where sizes.test > 0 {
        scores[task.name] = learned.exactMatch(task.own(sizes.test, .test, seed: seed))
      }
      parameters += module.layout.count
      curves.append(curve)
    }
    return LearningResult(
      model: model, kind: kind, seed: seed, rate: rate, parameters: parameters, scores: scores,
      curve: curves[0].indices.map { index in
        LearningResult.Point(
          examples: curves[0][index].examples,
          score: curves.reduce(0) { $0 + $1[index].score } / Double(curves.count))
      })
  }

  /// The parameters at the best measurement, and all measurements.
  private func learn(
    _ module: any LearnedModule, _ start: [Float], _ tasks: [SyntheticTask], rate: Float,
    seed: UInt64, _ sizes: LearningSizes
  ) throws -> (best: [Float], curve: [LearningResult.Point]) {
    let dev = tasks.map { $0.own(sizes.dev, .dev, seed: seed) }
    var settings = PromptTraining.Settings()
    (settings.batch, settings.seed) = (sizes.batch, seed)
    let training = PromptTraining(
      network: network, module: module,
      train: .mixture(tasks, seed: seed, instruction: 0), dev: PairSource(dev.flatMap { $0 }),
      settings: settings)
    var loop = TrainingLoop.Settings(
      schedule: LearningSchedule(
        peak: rate, steps: sizes.steps * tasks.count, warmUp: 0.05, course: .linear))
    loop.evaluateEvery = loop.schedule.steps / sizes.measurements
    loop.criterion = .score
    var state = TrainingState(parameters: start)
    var best = start
    var curve: [LearningResult.Point] = []
    try TrainingLoop(settings: loop).run(
      training, &state,
      score: { state in
        let learned = module.applied(to: network, parameters: state.parameters)
        let scores = dev.map(learned.exactMatch)
        return DevScores([], overall: scores.reduce(0, +) / Double(scores.count))
      },
      report: { event, state in
        switch event {
        case .scored(let step, let scores):
          curve.append(
            .init(examples: step * sizes.batch / tasks.count, score: scores.overall))
        case .measured(_, _, true): best = state.parameters
        case .step, .measured: break
        }
      })
    return (best, curve)
  }
}

extension SyntheticTask {
  /// Examples under the task's first wording, which all learned modules read.
  func own(_ count: Int, _ use: Use, seed: UInt64) -> [TokenPair] {
    pairs(count, use, seed: seed, instruction: instructions[0])
  }
}
