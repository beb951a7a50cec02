import ArgumentParser
import Evaluation
import Foundation
import Models
import Native
import Reading
import Retrieval
import Tensors
import Tuning

struct TuneReader: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reader",
    abstract: """
      Learns to read on a frozen BERT: LoRA, a prompt and a prefix inside, a block and a span head \
      on top.
      """,
    discussion: """
      Examples are JSON Lines with question, passage, title, answers and answer_start. Interrupted, \
      the same command goes on where OUTPUT.state was last written; OUTPUT.log.jsonl has the loss of \
      every step, and OUTPUT.log.svg shows the curves.

      EXAMPLE: firn tune reader --train squad.jsonl.gz:2 nq.jsonl.gz:4 --dev dev.jsonl.gz \
      --output reader.safetensors
      """)

  @Option(
    parsing: .upToNextOption,
    help: "Files of examples; FILE:TIMES counts a file TIMES over.")
  var train: [Weighted]
  @Option(help: "File of examples to measure on.")
  var dev: String
  @Option(help: "Where the module goes.")
  var output: String
  @Option(help: "Module to start from; what it lacks starts fresh.")
  var initial: String?
  @Option(help: "Frozen base model.")
  var base = "minilm"
  @Option(help: ArgumentHelp("Leave out the questions of fold I of N.", valueName: "i/n"))
  var holdOut: Fold?
  @Option(help: "Rank of LoRA; 0 leaves it out.")
  var rank = 32
  @Option(help: "Vectors before every window.")
  var promptLength = 0
  @Option(help: "Keys and values before those of every window, in every layer.")
  var prefixLength = 0
  @Option(help: "Width of the network that the prefix is learned through; 0 learns its vectors.")
  var prefixHidden = 0
  @Option(help: "Width of the block's feed-forward layer; 0 leaves the block out.")
  var block = 768
  @Option(help: "Examples seen in all.")
  var examples = 100_000
  @Option(help: "Examples in a step.")
  var batch = 16
  @Option(help: "Peak learning rate of LoRA; block and head have half of it.")
  var rate: Float = 1.5e-3
  @Option(help: "Peak learning rate of prompt and prefix.")
  var promptRate: Float = 1e-2
  @Option(help: "Passage tokens in a training window at most.")
  var crop = 140
  @Option(help: "Share of windows whose passage does not answer.")
  var negatives = 0.0
  @Option var seed: UInt64 = 1
  @Option(help: "Steps between two measurements; each writes the state to resume from.")
  var evaluateEvery = 500
  @Option(help: "Dev examples that are measured.")
  var devExamples = 500
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    for (name, value) in [
      ("examples", examples), ("batch", batch), ("crop", crop),
      ("evaluate-every", evaluateEvery), ("dev-examples", devExamples),
    ] { try requirePositive(value, name) }
    for (name, value) in [
      ("rank", rank), ("prompt-length", promptLength), ("prefix-length", prefixLength),
      ("prefix-hidden", prefixHidden), ("block", block),
    ] where value < 0 {
      throw ValidationError("--\(name): expected a number of at least 0, found \(value)")
    }
    guard (0..<1).contains(negatives), rate > 0, promptRate > 0 else {
      throw ValidationError("expected --negatives in 0..<1, --rate and --prompt-rate above 0")
    }
    guard prefixHidden == 0 || prefixLength > 0 else {
      throw ValidationError("--prefix-hidden: expected with --prefix-length only")
    }
  }

  func run() throws {
    let base = try FrozenBase(base)
    let longest = base.network.configuration.maxPositions
    guard max(promptLength, prefixLength) <= longest else {
      throw ValidationError(
        "--prompt-length, --prefix-length: expected at most \(longest), found "
          + "\(max(promptLength, prefixLength))")
    }
    let network = SpanNetwork(frozen: base.network, sizes)
    let builder = WindowBuilder(tokenizer: base.tokenizer)
    let devSet = try Self.devSet(dev, count: devExamples)
    let training = try ReaderTraining(
      network: network, builder: builder, settings: settings, weighted: examplesToLearn(),
      dev: devSet)
    var state = try start(network, base, training)
    let loop = TrainingLoop(settings: loopSettings)
    let notes = try TrainingNotes(
      output: output, after: state.optimizer.step, of: loop.settings.schedule.steps, global)
    var measured = ""
    try loop.run(
      training, &state,
      score: { state in
        let reader = SpanReader(network: network.instance(state.parameters), builder: builder)
        let score = Self.measure(reader, devSet)
        measured = score.text
        return DevScores([("em", score.exactMatch), ("f1", score.f1)], overall: score.f1)
      },
      save: { try $0.save(path: statePath, settings: fingerprint) },
      report: { event, state in
        try notes.note(event)
        if case .measured(_, _, true) = event {
          try module(network, state, base, measured).save(path: output)
        }
      }, stop: Interruption.check)
    try WeightFiles.requireUnchanged(base.opened.folder, sha256: base.sha256)
  }

  private var loopSettings: TrainingLoop.Settings {
    var settings = TrainingLoop.Settings(
      schedule: LearningSchedule(
        peak: rate, steps: (examples + batch - 1) / batch, warmUp: 0.05, course: .linear))
    settings.evaluateEvery = evaluateEvery
    settings.criterion = .score
    return settings
  }

  private var settings: ReaderTraining.Settings {
    var settings = ReaderTraining.Settings()
    settings.batch = batch
    settings.promptFactor = promptRate / rate
    settings.crop = crop
    settings.negatives = negatives
    settings.seed = seed
    return settings
  }

  private var sizes: SpanNetwork.Sizes {
    SpanNetwork.Sizes(
      rank: rank, prompt: promptLength, prefix: prefixLength, prefixHidden: prefixHidden,
      block: block)
  }

  private var statePath: String { output + ".state" }

  /// What must be the same for a resumed run to be the same run.
  private var fingerprint: String {
    let fold = holdOut.map { "\($0.index)/\($0.count)" } ?? "none"
    return "\(train.map(\.text)) \(settings) \(sizes) from \(initial ?? "scratch") "
      + "without \(fold) base \(base)"
  }

  private func examplesToLearn() throws -> [(example: ReadingExample, count: Int)] {
    try train.flatMap { file in
      try ReadingExample.read(file.path)
        .filter { holdOut?.contains($0.question) != true }.map { ($0, file.count) }
    }
  }

  /// The same sample of a file whenever it is asked for.
  static func devSet(_ path: String, count: Int) throws -> [ReadingExample] {
    var random = Tensors.SplitMix64(seed: 7)
    let answerable = try ReadingExample.read(path).filter { !$0.answers.isEmpty }
    return Array(answerable.shuffled(using: &random).prefix(count))
  }

  private func start(
    _ network: SpanNetwork, _ base: FrozenBase, _ training: ReaderTraining
  ) throws -> TrainingState {
    if FileManager.default.fileExists(atPath: statePath) {
      return try TrainingState(path: statePath, settings: fingerprint)
    }
    let fresh = network.initialParameters(
      seed: seed, vocabulary: training.frequentTokens(5000))
    guard let initial else { return TrainingState(parameters: fresh) }
    let module = try ModuleFile(path: initial, expectedBaseSHA256: base.sha256)
    return TrainingState(parameters: try network.parameters(of: module, filling: fresh))
  }

  private func module(
    _ network: SpanNetwork, _ state: TrainingState, _ base: FrozenBase, _ score: String
  ) -> ModuleFile {
    func name(_ path: String) -> String { (path as NSString).lastPathComponent }
    return ModuleFile(
      kind: SpanReader.kind, baseModel: self.base, baseSHA256: base.sha256,
      rank: rank == 0 ? nil : rank, promptLength: promptLength == 0 ? nil : promptLength,
      trainingData: train.map { "\(name($0.path)):\($0.count)" }.joined(separator: " "),
      seed: seed, steps: state.optimizer.step, toolVersion: Firn.version,
      devScore: "\(score) on \(name(dev))",
      command: Self.commandLine,
      settings: prefixLength == 0 ? [:] : ["prefix_length": "\(prefixLength)"],
      tensors: network.tensors(state.parameters))
  }

  /// The command without the folders of its files.
  static var commandLine: String {
    CommandLine.arguments.dropFirst().map { ($0 as NSString).lastPathComponent }
      .joined(separator: " ")
  }

  /// Reads the gold passages.
  static func measure(
    _ reader: SpanReader, _ examples: [ReadingExample]
  ) -> (exactMatch: Double, f1: Double, text: String) {
    let found = reader.read(
      examples.map {
        SpanReader.Request(
          question: $0.question,
          passages: [Passage(id: "", title: $0.title, text: $0.passage)])
      })
    let scores = zip(examples, found).map { example, passages in
      AnswerNormalization.squad.score(passages[0].first?.text ?? "", golds: example.answers)
    }
    let count = Double(scores.count)
    let exact = Double(scores.count { $0.exactMatch }) / count
    let f1 = scores.map(\.f1).reduce(0, +) / count
    let text = String(format: "EM %.1f, F1 %.1f (n=%d)", 100 * exact, 100 * f1, scores.count)
    return (exact, f1, text)
  }
}

/// A file that counts several times over: `FILE` or `FILE:TIMES`.
struct Weighted: ExpressibleByArgument {
  let text: String
  let path: String
  let count: Int

  init?(argument: String) {
    text = argument
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1, let count = Int(parts[parts.count - 1]) else {
      (path, count) = (argument, 1)
      return
    }
    guard count > 0 else { return nil }
    path = parts.dropLast().joined(separator: ":")
    self.count = count
  }
}
