import Foundation
import Models
import Tensors
import Tuning

/// Trains a small network from random weights on the mixture of synthetic tasks, or goes on where a
/// run was cut off.
struct Pretraining {
  let model: SmallModel
  let folder: String
  let steps: Int
  let note: (String) -> Void

  private static let batch = 64
  private static let seed: UInt64 = 1
  private static let devExamples = 40

  /// The folder of the trained network.
  var output: String { "\(folder)/\(model.rawValue)" }

  func run() throws {
    if FileManager.default.fileExists(atPath: output + "/model.safetensors") { return }
    let start = output + "-start"
    try model.write(folder: start, seed: Self.seed)
    let module = try FullTuning(folder: start)
    let network = try GenerativeModel.network(folder: start)
    let tasks = SyntheticTask.training
    var settings = PromptTraining.Settings()
    (settings.batch, settings.groupTokens, settings.seed) = (Self.batch, 1 << 14, Self.seed)
    let training = PromptTraining(
      network: network, module: module, train: .mixture(tasks, seed: Self.seed),
      dev: PairSource(tasks.flatMap { $0.pairs(4, .dev, seed: Self.seed) }), settings: settings)
    var schedule = TrainingLoop.Settings(
      schedule: LearningSchedule(peak: 3e-3, steps: steps, warmUp: 0.03, course: .cosine))
    schedule.evaluateEvery = 250
    let (path, text) = (output + ".state", "\(model) \(steps) \(settings) \(schedule)")
    var state =
      FileManager.default.fileExists(atPath: path)
      ? try TrainingState(path: path, settings: text)
      : TrainingState(parameters: try module.initialParameters())
    try TrainingLoop(settings: schedule).run(
      training, &state,
      score: { state in
        scores(module.applied(to: network, parameters: state.parameters))
      },
      save: { try $0.save(path: path, settings: text) },
      report: { event, _ in report(event) })
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try model.writeConfiguration(folder: output)
    try SafetensorsFile.write(
      path: output + "/model.safetensors", tensors: module.tensors(state.parameters))
  }

  /// The share of each training task's dev examples that are answered exactly.
  private func scores(_ network: any GenerativeNetwork) -> DevScores {
    let figures = SyntheticTask.training.map {
      ($0.name, network.exactMatch($0.pairs(Self.devExamples, .dev, seed: Self.seed)))
    }
    return DevScores(figures, overall: figures.reduce(0) { $0 + $1.1 } / Double(figures.count))
  }

  private func report(_ event: TrainingLoop.Event) {
    switch event {
    case .scored(let step, let scores):
      let figures = scores.figures.map { "\($0.name) \(Int(100 * $0.value))" }
      note("\(model.rawValue) \(step)/\(steps): \(figures.joined(separator: ", "))")
    case .step(let number, let loss, _, _) where number % 50 == 0:
      note("\(model.rawValue) \(number)/\(steps): loss \(loss)")
    case .step, .measured: break
    }
  }
}

extension PairSource {
  /// Fresh examples of some tasks, one after another in turn: none is seen twice.
  ///
  /// - Parameter instruction: the number of each task's wording; nil draws them.
  static func mixture(
    _ tasks: [SyntheticTask], seed: UInt64, instruction: Int? = nil
  ) -> PairSource {
    var source = PairSource(count: 1 << 30) { number in
      let task = tasks[number % tasks.count]
      return task.pair(
        number / tasks.count, .training, seed: seed,
        instruction: instruction.map { task.instructions[$0] })
    }
    source.order = { $0 }
    return source
  }
}

extension GenerativeNetwork {
  /// The share of the pairs whose whole target is generated.
  func exactMatch(_ pairs: [TokenPair]) -> Double {
    var settings = GenerationSettings()
    settings.maxTokens = (pairs.map(\.target.count).max() ?? 0) + 1
    settings.stopTokens = [SyntheticVocabulary.end]
    let answers = generate(pairs.map(\.input), settings)
    return Double(zip(answers, pairs).count { $0.ids == $1.target }) / Double(pairs.count)
  }
}
