import ArgumentParser
import Foundation
import Models
import Reading
import Retrieval
import Tensors
import Tuning

struct TunePrompt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompt",
    abstract: "Learns a soft prompt for a frozen generative model.",
    discussion: """
      With --index it learns to answer: each question is retrieved for, re-ranked and packed as \
      firn answer would, with the same options. Without, examples are JSON Lines with input and \
      target: what the model reads, and what it should go on with. With --tasks it \
      learns all tasks of a YAML file at once (firn evaluate tasks --help shows one).

      Interrupted, the same command goes on where OUTPUT.state was last written; OUTPUT.log.jsonl \
      has the loss of every step, and OUTPUT.log.svg shows the curves.

      EXAMPLE: firn tune prompt --reader google/flan-t5-small --index wiki --questions train.jsonl \
      --dev dev.jsonl --output prompt.safetensors
      """)

  @OptionGroup var reader: ReaderOptions
  @OptionGroup var retrieval: RetrievalOptions
  @Option(help: "File of questions with answers to learn from.") var questions: String?
  @Option(help: "File of examples to learn from, in place of --questions.") var train: String?
  @Option(help: "YAML file of tasks to learn from and to measure on, in place of files.")
  var tasks: String?
  @Option(help: "File of questions, or of examples, to measure on.") var dev: String?
  @Option(help: "Where the module goes.") var output: String
  @Option(help: "Vectors before the input.") var length = 20
  @Option(help: "Vectors before what an encoder-decoder's decoder writes.") var decoderLength = 0
  @OptionGroup var start: PromptStart
  @Option(help: ArgumentHelp("Also write the prompt as PEFT loads it.", valueName: "folder"))
  var adapter: String?
  @Option(help: "Steps in all.") var steps = 1000
  @Option(help: "Examples in a step.") var batch = 16
  @Option(help: "Tokens computed together at most: what bounds memory.") var groupTokens = 4096
  @Option(help: "Peak learning rate (default: 0.05 times the embeddings' root mean square).")
  var rate: Float?
  @Option(help: "The rate after its peak.") var schedule = LearningSchedule.Course.linear
  @Option(help: "Share of the steps that the rate rises in.") var warmUp = 0.05
  @Option(help: "Largest gradient norm.") var clip: Float = 1
  @Option(help: "Weight decay.") var decay: Float = 0
  @Option(help: "Share of each target that all tokens get.") var labelSmoothing: Float = 0
  @Option(help: "Weight of the squared logarithm of softmax's sum.") var zLoss: Float = 0
  @Option(help: "Steps between two measurements; each writes the state to resume from.")
  var evaluateEvery = 100
  @Option(help: "Measurements without a better one before training ends; 0: never.")
  var patience = 0
  @OptionGroup var training: TrainingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    let reads = retrieval.index != nil || reader.generative.closedBook
    guard [questions, train, tasks].count(where: { $0 != nil }) == 1, reads == (questions != nil)
    else {
      throw ValidationError(
        "expected --questions with --index or --closed-book, else --train or --tasks")
    }
    guard (dev == nil) == (tasks != nil) else {
      throw ValidationError("expected --dev, which --tasks has in its file")
    }
    for (name, value) in [
      ("steps", steps), ("batch", batch), ("group-tokens", groupTokens),
      ("evaluate-every", evaluateEvery),
    ] { try requirePositive(value, name) }
    func require(_ holds: Bool, _ expected: String) throws {
      if !holds { throw ValidationError("expected \(expected)") }
    }
    try require(
      length >= 0 && decoderLength >= 0 && length + decoderLength > 0,
      "--length and --decoder-length of at least 0, one of them above")
    try require(
      adapter == nil || length > 0 && decoderLength == 0,
      "--adapter without --decoder-length, which PEFT has no place for")
    try require(rate ?? 1 > 0 && clip > 0 && decay >= 0, "--rate, --clip above 0, --decay from 0")
    try require(
      (0...1).contains(warmUp) && patience >= 0, "--warm-up in 0 ... 1, --patience from 0")
    try require(
      (0..<1).contains(labelSmoothing) && zLoss >= 0,
      "--label-smoothing in 0 ..< 1, --z-loss from 0")
  }

  func run() async throws {
    let engine = try await AnsweringEngine.load(
      reader, retrieval, ranks: retrieval.index != nil, reserved: length)
    guard let packer = (engine.answerer as? GenerativeAnswerer)?.packer,
      let model = (packer.model as? LocalLanguageModel)?.model,
      let network = model.network as? any TunableNetwork
    else {
      throw ValidationError(
        "--reader: expected a model that prompts can be learned for, found \(reader.reader)")
    }
    try require(network, decoderLength: decoderLength)
    let folder = try ModelFolder.resolve(reader.reader)
    let sha256 = try WeightFiles(folder: folder).sha256()
    let prompt = SoftPrompt(
      length: length, decoderLength: decoderLength, width: network.tokens.width)
    let tasks = try tasks.map { try TaskFile($0, seed: reader.seed) }
    let data = try data(tasks, for: model, PromptData(engine: engine, packer: packer))
    let source = data.train.bucketed(steps: training.bucket, batch: batch, seed: reader.seed)
    let learning = PromptTraining(
      network: network, prompt: prompt, train: source, dev: data.dev, settings: settings)
    let loop = TrainingLoop(settings: loopSettings(network))
    let fingerprint = try fingerprint(loop, tasks)
    var state = try begin(prompt, model, network, sha256, fingerprint)
    global.note(try Self.parameterCounts(prompt, folder))
    let notes = try TrainingNotes(
      output: output, after: state.optimizer.step, of: steps, global)
    try loop.run(
      learning, &state,
      score: data.scoring.map { scoring in
        { state in
          let rows = prompt.rows(state.parameters)
          return try scoring.report(LocalLanguageModel(model, softPrompt: rows)).devScores
        }
      },
      save: { try $0.save(path: statePath, settings: fingerprint) },
      report: { event, state in
        try notes.note(event)
        guard case .measured(_, _, true) = event, let best = state.best else { return }
        try module(prompt, state, sha256, best.text).save(path: output)
        if let adapter {
          let rows = prompt.rows(state.parameters)
          try rows.saveAdapter(folder: adapter, base: reader.reader, for: network)
        }
      }, stop: Interruption.check)
    try WeightFiles.requireUnchanged(folder, sha256: sha256)
  }

  private func data(
    _ tasks: TaskFile?, for model: GenerativeModel, _ prompts: PromptData
  ) throws -> TrainingData {
    let maxTokens = reader.maxTokens ?? CompletionSettings().maxTokens
    if let tasks {
      return try TrainingData(
        tasks, for: model, leaving: length, answered: training.answered, maxTokens: maxTokens)
    }
    return try TrainingData(
      train: pairs("train", of: learned, prompts), dev: pairs("dev", of: measured, prompts),
      for: model, leaving: length, answered: training.answered, maxTokens: maxTokens)
  }

  private static func parameterCounts(_ prompt: SoftPrompt, _ folder: String) throws -> String {
    let frozen = try ModelSummary(
      ModelConfiguration(path: folder + "/config.json"), WeightFiles(folder: folder)
    ).parameters
    let share = String(format: "%.3g", 100 * Double(prompt.layout.count) / Double(frozen))
    return "\(prompt.layout.count) learned parameters beside \(frozen) frozen ones (\(share) %)"
  }

  private func require(_ network: any TunableNetwork, decoderLength: Int) throws {
    guard decoderLength == 0 || network.hasDecoderPrompt else {
      throw ValidationError("expected no --decoder-length for a model without an encoder")
    }
  }

  private var settings: PromptTraining.Settings {
    var settings = PromptTraining.Settings()
    settings.batch = batch
    settings.groupTokens = groupTokens
    settings.loss = TokenLoss(smoothing: labelSmoothing, z: zLoss)
    settings.seed = reader.seed
    return settings
  }

  private func loopSettings(_ network: any TunableNetwork) -> TrainingLoop.Settings {
    let peak = rate ?? 0.05 * SoftPrompt.size(of: network.tokens)
    var settings = TrainingLoop.Settings(
      schedule: LearningSchedule(peak: peak, steps: steps, warmUp: warmUp, course: schedule))
    settings.clip = clip
    settings.decay = decay
    settings.evaluateEvery = evaluateEvery
    settings.patience = patience
    training.apply(to: &settings, seed: reader.seed)
    return settings
  }

  /// The files that it learns from, and that it is measured on.
  private var learned: String { questions ?? train ?? tasks ?? "" }
  private var measured: String { dev ?? tasks ?? "" }

  /// The examples of a file, made from its questions where it holds questions.
  private func pairs(_ part: String, of file: String, _ data: PromptData) throws -> String {
    if questions == nil { return file }
    let path = "\(output).\(part).jsonl"
    let progress = ProgressLine(quiet: global.quiet)
    try data.write(file, to: path) {
      try progress.reportOrStop("\(part) prompts", $0, of: $1)
    }
    return path
  }

  private var statePath: String { output + ".state" }

  /// What must be the same for a resumed run to be the same run.
  private func fingerprint(_ loop: TrainingLoop, _ tasks: TaskFile?) throws -> String {
    "\(learned) \(try tasks?.text ?? "") \(settings) \(loop.settings) "
      + "length \(length) + \(decoderLength) from \(start.text) reader \(reader.reader) \(training.text)"
  }

  private func begin(
    _ prompt: SoftPrompt, _ model: GenerativeModel, _ network: any TunableNetwork,
    _ sha256: String, _ fingerprint: String
  ) throws -> TrainingState {
    let optimizer = training.optimizer(prompt.layout)
    if FileManager.default.fileExists(atPath: statePath) {
      return try TrainingState(path: statePath, settings: fingerprint, optimizer: optimizer)
    }
    return TrainingState(
      parameters: try start.parameters(
        prompt, network, model.tokenizer, sha256: sha256, seed: reader.seed),
      optimizer: optimizer)
  }

  private func module(
    _ prompt: SoftPrompt, _ state: TrainingState, _ sha256: String, _ score: String
  ) -> ModuleFile {
    func name(_ path: String) -> String { (path as NSString).lastPathComponent }
    return ModuleFile(
      kind: SoftPrompt.kind, baseModel: reader.reader, baseSHA256: sha256, promptLength: length,
      trainingData: name(learned), seed: reader.seed, steps: state.optimizer.step,
      toolVersion: Firn.version, devScore: "\(score) on \(name(measured))",
      command: TuneReader.commandLine,
      settings: ["decoder_prompt_length": "\(decoderLength)"],
      tensors: prompt.tensors(state.parameters))
  }
}

extension LearningSchedule.Course: ExpressibleByArgument {}
