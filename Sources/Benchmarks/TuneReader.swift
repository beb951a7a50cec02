import ArgumentParser
import Foundation
import Models
import Tensors

/// Steps of learning LoRA and a span head on a frozen BERT, in turn with peers that do the same.
struct TuneReader: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times a step of learning LoRA on BERT, in turn with peers.",
    discussion: "A peer is a command such as \"python3 peers/lora_torch.py MODEL\".")

  @Argument(help: "The model's folder.")
  var model = "models/minilm"
  @Option(help: "Tokens of each window.")
  var tokens = 180
  @Option(help: "Windows in a step.")
  var batch = 16
  @Option(help: "Windows computed together; the gradient accumulates over such groups.")
  var group = 8
  @Option(help: "Rank of LoRA, on every linear map.")
  var rank = 32
  @Option(help: ArgumentHelp("A peer's command; repeatable.", valueName: "command"))
  var peer: [String] = []
  @Option(help: "How often every side takes a step.")
  var rounds = 5
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard [batch, group, rank, rounds].allSatisfy({ $0 > 0 }), tokens > 1 else {
      throw ValidationError("expected sizes and --rounds above 0")
    }
  }

  func run() throws {
    report.begin()
    var side = ReaderSide(try BERT.load(Checkpoint(folder: model)), rank: rank)
    try StepTurns(
      subject: "tune-reader",
      shape: "\(URL(filePath: model).lastPathComponent) \(batch) × \(tokens), rank \(rank)",
      peers: peer.map { "\($0) \(tokens) \(batch) \(rank) \(report.threads)" }, rounds: rounds
    ).run(report) { side.step(windows, group: group) }
  }

  private var windows: [[Int32]] {
    (0..<batch).map { window in
      (0..<tokens).map { Int32(1000 + place(window, $0) % 20000) }
    }
  }

  private func place(_ window: Int, _ token: Int) -> Int { 7919 * (1000 * window + token) }
}

/// Firn's reader, and what learns it: each window's answer starts at its second token and ends at its
/// last.
private struct ReaderSide {
  private let network: SpanNetwork
  private var parameters: [Float]
  private var optimizer: AdamW

  init(_ frozen: BERT, rank: Int) {
    network = SpanNetwork(frozen: frozen, .init(rank: rank))
    parameters = network.initialParameters(seed: 1)
    optimizer = AdamW(count: parameters.count)
  }

  mutating func step(_ windows: [[Int32]], group: Int) -> Step {
    var loss: Float = 0
    let seconds = Seconds.of {
      var gradient = [Float](repeating: 0, count: parameters.count)
      let instance = network.instance(parameters)
      for first in stride(from: 0, to: windows.count, by: group) {
        var batch = RaggedBatch()
        for ids in windows[first..<min(first + group, windows.count)] {
          batch.append(ids: ids, segments: [Int32](repeating: 0, count: ids.count))
        }
        loss += instance.accumulateGradient(batch, into: &gradient) {
          spanLoss($0, batch, scale: 0.5 / Float(windows.count))
        }
      }
      _ = optimizer.update(
        &parameters, gradient: gradient, rate: 1e-3, clip: 1,
        groups: [(0..<parameters.count, 1)])
    }
    return Step(seconds: seconds, loss: Double(loss), peakBytes: Memory.now().peak)
  }

  private func spanLoss(
    _ logits: Tensor, _ batch: RaggedBatch, scale: Float
  ) -> (value: Float, gradient: Tensor) {
    var gradient = Tensor(rows: logits.rows, width: 2)
    var value: Float = 0
    for range in (0..<batch.count).map(batch.range) {
      for (column, target) in [1, range.count - 1].enumerated() {
        let x = range.map { logits[$0, column] }
        value += scale * marginalCrossEntropy(x, targets: [target])
        let dx = marginalCrossEntropyBackward(x, targets: [target], scale: scale)
        for (row, d) in zip(range, dx) { gradient[row, column] = d }
      }
    }
    return (value, gradient)
  }
}
