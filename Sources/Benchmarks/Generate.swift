import ArgumentParser
import Foundation
import Models
import Native
import Tensors

/// Reading a prompt and going on from it, in turn with peers that do the same.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times prefill and decode of a model, in turn with peers.",
    discussion: """
      peers/make_readers.py makes models of real shapes with random weights; a peer is a command \
      such as "python3 peers/generate_ctranslate2.py MODEL-int8".
      """)

  @Argument(help: "The model's folder.")
  var model: String
  @Option(parsing: .upToNextOption, help: "Lengths of the input.")
  var tokens = [512]
  @Option(help: "Tokens to generate.")
  var new = 16
  @Option(help: "How Firn keeps the weights.")
  var precision = Precision.float32
  @Option(help: ArgumentHelp("A peer's command; repeatable.", valueName: "command"))
  var peer: [String] = []
  @Option(help: "How often every side runs.")
  var rounds = 3
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard new > 0, rounds > 0, tokens.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("expected a positive --tokens, --new and --rounds")
    }
  }

  func run() throws {
    report.begin()
    let network = try GenerativeModel.network(folder: model, precision: precision)
    let weights = try WeightCounts(folder: model)
    let name = "\(URL(filePath: model).lastPathComponent) \(precision.rawValue)"
    let memory = Memory.now()
    try report.write(
      "generate load", name,
      [
        "resident MB": memory.resident / 1e6, "peak MB": memory.peak / 1e6,
        "bytes per weight": memory.anonymous / Double(weights.all),
      ])
    for count in tokens {
      let peers = try peer.map {
        try TurnPeer(command: "\($0) \(count) \(new) \(report.threads)")
      }
      try compare(network, weights, "\(name) \(count)+\(new)", prompt: count, peers)
    }
  }

  private func compare(
    _ network: any GenerativeNetwork, _ weights: WeightCounts, _ shape: String, prompt count: Int,
    _ peers: [TurnPeer]
  ) throws {
    let prompt = (0..<count).map { Int32(3 + 7919 * $0 % 30000) }
    var settings = GenerationSettings()
    settings.maxTokens = 1 + new
    func turn() -> Turn {
      let clock = ContinuousClock()
      let start = clock.now
      var first: Duration?
      _ = network.generate([prompt], settings) { _, _ in
        first = first ?? (clock.now - start)
        return false
      }
      return Turn(first: (first ?? .zero) / .seconds(1), all: (clock.now - start) / .seconds(1))
    }
    let runs = try (0...rounds).map { _ in
      [turn()] + (try peers.map { try $0.run() })
    }.dropFirst()
    // The first round warms up.
    let turns = (0...peers.count).map { side in runs.map { $0[side] } }
    let cache = network.prefill([prompt], after: nil).cache.bytes
    let step = median(turns[0].map { $0.step(new) })
    let bytes = Double(weights.perStep * (precision == .int8 ? 1 : 4) + cache)
    // Before the table that measures the bandwidth.
    let resident = Memory.now().resident
    try report.write(
      "generate", shape,
      [
        "prefill tokens/s": Double(count) / median(turns[0].map(\.first)),
        "decode tokens/s": 1 / step, "decode GB/s": bytes / step / 1e9,
        "memory GB/s": Memory.bandwidth() / 1e9,
        "resident MB": resident / 1e6, "resident bytes per weight": resident / Double(weights.all),
      ])
    for (index, peer) in peers.enumerated() {
      let theirs = turns[index + 1]
      let pairs = zip(turns[0], theirs)
      try report.write(
        "generate \(peer.name)", shape,
        [
          "prefill tokens/s": Double(count) / median(theirs.map(\.first)),
          "decode tokens/s": 1 / median(theirs.map { $0.step(new) }),
          "prefill ratio": median(pairs.map { $1.first / $0.first }),
          "decode ratio": median(pairs.map { $1.step(new) / $0.step(new) }),
          "resident MB": theirs[theirs.count - 1].residentBytes / 1e6,
        ])
    }
  }
}

/// One side's seconds to its first token and to its last.
struct Turn {
  let first, all: Double
  var residentBytes = 0.0

  /// Seconds of each further token.
  func step(_ new: Int) -> Double { max(all - first, 1e-9) / Double(new) }
}

/// Weights of a model folder.
private struct WeightCounts {
  let all: Int
  /// Those that every new token has to read.
  let perStep: Int

  init(folder: String) throws {
    let files = try WeightFiles(folder: folder)
    let counts = files.names.map { name in
      (name: name, count: (files.shape(of: name) ?? []).reduce(1, *))
    }
    let isT5 = files.contains("encoder.final_layer_norm.weight")
    let hasHead = files.contains("lm_head.weight")
    all = counts.reduce(0) { $0 + $1.count }
    perStep = counts.reduce(0) { sum, tensor in
      let name = tensor.name
      let isLookup =
        name.contains("embed_positions") || name.contains("wpe")
        || hasHead && (name.contains("embed_tokens") || name.contains("shared"))
      // Keys and values of the source are made once.
      let isOnce =
        isT5
        && (name.hasPrefix("encoder.") || name.contains("EncDecAttention.k")
          || name.contains("EncDecAttention.v"))
      return isLookup || isOnce ? sum : sum + tensor.count
    }
  }
}

extension Precision: ExpressibleByArgument {}
