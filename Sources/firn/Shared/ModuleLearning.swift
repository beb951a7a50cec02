import Foundation
import Models
import Reading
import Tuning

/// A run that learns a module of a frozen generative model: from the state on the disk, if there is
/// one, to the last step, with the best module so far always at its place.
struct ModuleLearning {
  let base: FrozenGenerator
  let module: any LearnedModule
  let output: String
  let options: LearningOptions
  let seed: UInt64
  let data: PairOptions.Data
  /// The peak learning rate unless the user names one.
  let usualRate: Float
  /// What the module is and begins with, in words.
  let start: String
  /// Another frozen model that the module needs.
  var encoder: FrozenEncoder?
  /// Where the module also goes as PEFT loads it.
  var adapter: String?

  /// - Parameter begin: the numbers to begin with.
  func run(_ global: GlobalOptions, begin: () throws -> [Float]) throws {
    let source = data.pairs.train.bucketed(
      steps: options.training.bucket, batch: options.batch, seed: seed)
    let training = PromptTraining(
      network: base.network, module: module, train: source, dev: data.pairs.dev,
      settings: options.pairs(seed: seed))
    let loop = TrainingLoop(settings: options.loop(usualRate: usualRate, seed: seed))
    let fingerprint =
      "\(data.text) \(training.settings) \(loop.settings) \(start) reader \(base.name) "
      + options.training.text
    var state = try self.begin(fingerprint, begin)
    global.note(try parameterCounts())
    if let note = data.note { global.note(note) }
    let notes = try TrainingNotes(
      output: output, after: state.optimizer.step, of: options.steps, global)
    try loop.run(
      training, &state,
      score: data.pairs.scoring.map { scoring in
        { state in
          let model = base.model.applying(module, to: base.network, state.parameters)
          return try scoring.report(LocalLanguageModel(model)).devScores
        }
      },
      save: { try $0.save(path: statePath, settings: fingerprint) },
      report: { event, state in
        try notes.note(event)
        if case .measured(_, _, true) = event, let best = state.best { try save(state, best.text) }
      }, stop: Interruption.check)
    try WeightFiles.requireUnchanged(base.folder, sha256: base.sha256)
    if let encoder { try WeightFiles.requireUnchanged(encoder.folder, sha256: encoder.sha256) }
  }

  private var statePath: String { output + ".state" }

  private func begin(_ fingerprint: String, _ begin: () throws -> [Float]) throws -> TrainingState {
    let optimizer = options.training.optimizer(module.layout)
    if FileManager.default.fileExists(atPath: statePath) {
      return try TrainingState(path: statePath, settings: fingerprint, optimizer: optimizer)
    }
    return TrainingState(parameters: try begin(), optimizer: optimizer)
  }

  private func parameterCounts() throws -> String {
    let (learned, frozen) = (module.layout.count, try base.parameters)
    let share = String(format: "%.3g", 100 * Double(learned) / Double(frozen))
    let more = encoder.map { " and the \($0.parameters) of its encoder" } ?? ""
    return "\(learned) learned parameters beside \(frozen) frozen ones (\(share) %)\(more)"
  }

  private func save(_ state: TrainingState, _ score: String) throws {
    let facts = module.facts
    try ModuleFile(
      kind: type(of: module).kind, baseModel: base.name, baseSHA256: base.sha256,
      rank: facts.rank, promptLength: facts.promptLength, trainingData: data.learned,
      seed: seed, steps: state.optimizer.step, toolVersion: Firn.version,
      devScore: "\(score) on \(data.measured)", command: TuneReader.commandLine,
      settings: facts.settings, tensors: module.tensors(state.parameters)
    ).save(path: output)
    if let adapter {
      try module.saveAdapter(
        state.parameters, folder: adapter, base: base.name, for: base.network)
    }
  }
}
