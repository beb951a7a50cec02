import ArgumentParser
import Foundation
import Models
import Native
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
  @Option(help: "Rank of LoRA, on every linear map.")
  var rank = 32
  @Option(help: ArgumentHelp("A peer's command; repeatable.", valueName: "command"))
  var peer: [String] = []
  @Option(help: "How often every side takes a step.")
  var rounds = 5
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard [batch, rank, rounds].allSatisfy({ $0 > 0 }), tokens > 1 else {
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
    ).run(report) { side.step(windows) }
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

  /// Threads take parts of the windows, two each, as in training.
  mutating func step(_ windows: [[Int32]]) -> Step {
    var loss: Float = 0
    let seconds = Seconds.of {
      let instance = network.instance(parameters)
      let parts = min(2 * Parallel.threads, windows.count)
      let results = Parallel.map(parts) { [count = parameters.count] part in
        let own = stride(from: part, to: windows.count, by: parts).map { windows[$0] }
        var gradient = [Float](repeating: 0, count: count)
        let loss = Self.accumulate(own, of: windows.count, instance, into: &gradient)
        return (loss: loss, gradient: gradient)
      }
      var gradient = results[0].gradient
      for result in results.dropFirst() { Kernels.add(result.gradient, to: &gradient) }
      loss = results.reduce(0) { $0 + $1.loss }
      _ = optimizer.update(
        &parameters, gradient: gradient, rate: 1e-3, clip: 1,
        groups: [(0..<parameters.count, 1)])
    }
    return Step(seconds: seconds, loss: Double(loss), peakBytes: Memory.now().peak)
  }

  private static func accumulate(
    _ windows: [[Int32]], of count: Int, _ instance: SpanNetwork.Instance,
    into gradient: inout [Float]
  ) -> Float {
    var batch = RaggedBatch()
    for ids in windows {
      batch.append(ids: ids, segments: [Int32](repeating: 0, count: ids.count))
    }
    return instance.accumulateGradient(batch, into: &gradient) {
      spanLoss($0, batch, scale: 0.5 / Float(count))
    }
  }

  private static func spanLoss(
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
