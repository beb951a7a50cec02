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
    abstract: "Learns LoRA and a span head for reading on a frozen BERT.")

  @Option(help: "Examples with passages (JSON Lines); FILE:TIMES counts them TIMES over.")
  var train: [String]
  @Option(help: "Examples to measure on.")
  var dev: String
  @Option(help: "Where the module goes; OUTPUT.state beside it holds what resuming needs.")
  var output: String
  @Option(help: "Module to start from.")
  var initial: String?
  @Option(help: "Frozen base model.")
  var base = "minilm"
  @Option(help: "Leave out the questions of fold I of N, given as I/N.")
  var holdOut: String?
  @Option var rank = 32
  @Option(help: "Examples seen in all.") var examples = 100_000
  @Option var batch = 16
  @Option(help: "Peak learning rate.") var rate: Float = 1.5e-3
  @Option(help: "Width of the learned block's feed-forward layer; 0 leaves the block out.")
  var block = 768
  @Option(help: "Share of windows whose passage does not answer.") var negatives = 0.0
  @Option(help: "Passage tokens in a training window at most.") var crop = 140
  @Option var seed: UInt64 = 1
  @Option(help: "Steps between two measurements.") var evaluateEvery = 500
  @Option(help: "Dev examples that are measured.") var devExamples = 500
  @Option var threads: Int?

  func run() async throws {
    keepFreedMemory()
    if let threads { Parallel.threads = threads }
    let folder = try ModelFolder.resolve(base)
    let checkpoint = try Checkpoint(folder: folder)
    let network = SpanNetwork(frozen: try BERT.load(checkpoint), rank: rank, hidden: block)
    let builder = WindowBuilder(tokenizer: try WordPieceTokenizer(folder: folder))
    let training = try ReaderTraining(
      network: network, builder: builder, settings: settings(), weighted: try weighted())
    let devSet = Array(try load(dev).filter { !$0.answers.isEmpty }.shuffledBySeed(7).prefix(devExamples))

    let sha = try checkpoint.weightsSHA256()
    let statePath = output + ".state"
    var state = TrainingState(parameters: try start(network, sha))
    let fingerprint = "\(train) \(settings()) \(initial ?? "") \(holdOut ?? "")"
    if FileManager.default.fileExists(atPath: statePath) {
      state = try TrainingState(path: statePath, settings: fingerprint)
    }
    var best = 0.0
    var losses: [Float] = []
    let began = Date()
    let first = state.optimizer.step
    while state.optimizer.step < training.settings.steps {
      let report = try training.step(&state)
      losses.append(report.loss)
      if report.step % 50 == 0 {
        let seconds = Date().timeIntervalSince(began)
        let rate = Double(report.step - first) / seconds
        note(
          "step \(report.step)/\(report.steps) loss \(losses.suffix(50).reduce(0, +) / 50) norm \(report.gradientNorm) "
            + "\(rate * Double(batch)) examples/s, \(Double(report.steps - report.step) / rate) s left")
      }
      if report.step % evaluateEvery == 0 || report.step == report.steps {
        let score = measure(SpanReader(network: network.instance(state.parameters), builder: builder), devSet)
        note("step \(report.step): EM \(score.em) F1 \(score.f1)")
        try state.save(path: statePath, settings: fingerprint)
        if score.f1 > best {
          best = score.f1
          try save(network, state, sha, score)
        }
      }
    }
  }

  private func start(_ network: SpanNetwork, _ sha: String) throws -> [Float] {
    guard let initial else { return network.initialParameters(seed: seed) }
    return try network.layout.parameters(
      of: ModuleFile(path: initial, expectedBaseSHA256: sha),
      filling: network.initialParameters(seed: seed))
  }

  private func save(
    _ network: SpanNetwork, _ state: TrainingState, _ sha: String, _ score: (em: Double, f1: Double)
  ) throws {
    try ModuleFile(
      kind: "reader", baseModel: base, baseSHA256: sha, rank: rank,
      trainingData: train.map { ($0 as NSString).lastPathComponent }.joined(separator: " "),
      seed: seed, steps: state.optimizer.step, toolVersion: "0.1.0",
      devScore: "EM \(score.em) F1 \(score.f1) on \(dev)",
      command: CommandLine.arguments.dropFirst().joined(separator: " "),
      tensors: network.layout.tensors(state.parameters)
    ).save(path: output)
  }

  private func settings() -> ReaderTraining.Settings {
    var settings = ReaderTraining.Settings()
    settings.examples = examples
    settings.batch = batch
    settings.rate = rate
    settings.crop = crop
    settings.negatives = negatives
    settings.seed = seed
    return settings
  }

  private func measure(_ reader: SpanReader, _ examples: [ReadingExample]) -> (em: Double, f1: Double) {
    let found = reader.read(
      examples.map {
        .init(question: $0.question, passages: [Passage(id: $0.id, title: $0.title, text: $0.passage)])
      })
    let scores = zip(examples, found).map { example, passages in
      AnswerNormalization.squad.score(passages[0].first?.text ?? "", golds: example.answers)
    }
    return (
      scores.map { $0.exactMatch ? 1 : 0 }.reduce(0, +) / Double(scores.count),
      scores.map(\.f1).reduce(0, +) / Double(scores.count)
    )
  }

  private func weighted() throws -> [(example: ReadingExample, count: Int)] {
    try train.flatMap { argument -> [(example: ReadingExample, count: Int)] in
      let parts = argument.split(separator: ":")
      let count = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
      return try load(String(parts[0])).filter { $0.answerRange != nil }.map { ($0, count) }
    }
  }

  private func load(_ path: String) throws -> [ReadingExample] {
    let reader = try LineReader(path: path)
    var examples: [ReadingExample] = []
    while let line = try reader.next() {
      examples.append(try JSONDecoder().decode(ReadingExample.self, from: Data(line)))
    }
    return examples
  }
}

func note(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}

extension Array {
  func shuffledBySeed(_ seed: UInt64) -> [Element] {
    var random = Tensors.SplitMix64(seed: seed)
    return shuffled(using: &random)
  }
}
