import ArgumentParser
import Foundation
import Models
import Native
import Tensors

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
    var side = PromptSide(try GenerativeModel.network(folder: model), vectors: vectors)
    try StepTurns(
      subject: "tune",
      shape:
        "\(URL(filePath: model).lastPathComponent) \(batch) × \(tokens)+\(target), \(vectors) vectors",
      peers: peer.map {
        "\($0) \(tokens) \(target) \(batch) \(group) \(vectors) \(report.threads)"
      }, rounds: rounds
    ).run(report) { side.step(pairs, group: group) }
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

/// Firn's prompt, and what learns it.
private struct PromptSide {
  private let network: any TunableNetwork
  private let prompt: SoftPrompt
  private var parameters: [Float]
  private var optimizer: AdamW

  init(_ network: any TunableNetwork, vectors: Int) {
    self.network = network
    prompt = SoftPrompt(length: vectors, width: network.tokens.width)
    parameters = network.tokens(Array(0..<vectors)).values
    optimizer = AdamW(count: parameters.count)
  }

  mutating func step(_ pairs: [TokenPair], group: Int) -> Step {
    let targets = pairs.reduce(0) { $0 + $1.target.count }
    var loss = 0.0
    let seconds = Seconds.of {
      var gradient: [Float]? = [Float](repeating: 0, count: parameters.count)
      for first in stride(from: 0, to: pairs.count, by: group) {
        loss += prompt.loss(
          Array(pairs[first..<min(first + group, pairs.count)]), of: network,
          parameters: parameters, TokenLoss(), scale: 1 / Float(targets), addingTo: &gradient)
      }
      _ = optimizer.update(
        &parameters, gradient: gradient ?? [], rate: 1e-3, clip: 1,
        groups: [(0..<parameters.count, 1)])
    }
    return Step(
      seconds: seconds, loss: loss / Double(targets), peakBytes: Memory.now().peak)
  }
}
