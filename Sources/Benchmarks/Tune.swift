import ArgumentParser
import Foundation
import Models
import Native
import Tensors
import Tuning

/// Steps of learning a soft prompt, in turn with peers that do the same.
struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times a step of learning a soft prompt, in turn with peers.",
    discussion: """
      peers/make_readers.py makes models of real shapes with random weights; a peer is a command \
      such as "python3 peers/tune_torch.py MODEL".
      """)

  @Argument(help: "The model's folder.")
  var model: String
  @Option(help: "Tokens of each input.")
  var tokens = 512
  @Option(help: "Tokens of each target.")
  var target = 16
  @Option(help: "Examples in a step.")
  var batch = 8
  @Option(help: "Examples computed together; the gradient accumulates over such groups.")
  var group = 2
  @Option(help: "Vectors of the prompt.")
  var vectors = 100
  @Option(help: ArgumentHelp("A peer's command; repeatable.", valueName: "command"))
  var peer: [String] = []
  @Option(help: "How often every side takes a step.")
  var rounds = 2
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard [tokens, target, batch, group, vectors, rounds].allSatisfy({ $0 > 0 }) else {
      throw ValidationError("expected sizes and --rounds above 0")
    }
  }

  func run() throws {
    report.begin()
    var settings = PromptTraining.Settings()
    settings.batch = batch
    settings.groupTokens = group * (tokens + target + vectors)
    var side = PromptSide(
      try GenerativeModel.network(folder: model), vectors: vectors, pairs, settings)
    try StepTurns(
      subject: "tune",
      shape:
        "\(URL(filePath: model).lastPathComponent) \(batch) × \(tokens)+\(target), \(vectors) vectors",
      peers: peer.map {
        "\($0) \(tokens) \(target) \(batch) \(group) \(vectors) \(report.threads)"
      }, rounds: rounds
    ).run(report) { try side.step() }
  }

  private var pairs: [TokenPair] {
    func ids(_ count: Int, from first: Int) -> [Int32] {
      (0..<count).map { Int32(3 + (7919 * (first + $0)) % 30000) }
    }
    return (0..<batch).map {
      TokenPair(input: ids(tokens, from: 1000 * $0), target: ids(target, from: 1000 * $0 + 500))
    }
  }
}

/// Firn's prompt, and what learns it from all of the pairs at a time.
private struct PromptSide {
  private let training: PromptTraining
  private var parameters: [Float]
  private var optimizer: AdamW

  init(
    _ network: any TunableNetwork, vectors: Int, _ pairs: [TokenPair],
    _ settings: PromptTraining.Settings
  ) {
    let pairs = PairSource(pairs)
    training = PromptTraining(
      network: network, module: SoftPrompt(length: vectors, width: network.tokens.width),
      train: pairs, dev: pairs, settings: settings)
    parameters = network.tokens(Array(0..<vectors)).values
    optimizer = AdamW(count: parameters.count)
  }

  mutating func step() throws -> Step {
    var loss: Float = 0
    let seconds = try Seconds.of {
      let found = try training.gradient(step: optimizer.step + 1, parameters: parameters)
      loss = found.loss
      _ = optimizer.update(
        &parameters, gradient: found.gradient, rate: 1e-3, clip: 1,
        groups: [(0..<parameters.count, 1)])
    }
    return Step(seconds: seconds, loss: Double(loss), peakBytes: Memory.now().peak)
  }
}
