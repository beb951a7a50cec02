import Models
import Native
import Tensors

/// Texts with what should follow them, by number: encoded records of a file, or prompts that a
/// reader packs when they are asked for.
package struct PairSource: Sendable {
  package let count: Int
  /// The pair of a number below `count`: always the same.
  package let pair: @Sendable (Int) throws -> TokenPair
  /// About how long a pair is, in any unit.
  package var length: @Sendable (Int) -> Int = { _ in 0 }
  /// The pair at a place of a run; nil where each is seen once an epoch, in a new order each time.
  package var order: (@Sendable (_ place: Int) -> Int)?
  /// What messages call a pair.
  package var name: @Sendable (Int) -> String = { "\($0)" }

  package init(count: Int, pair: @escaping @Sendable (Int) throws -> TokenPair) {
    self.count = count
    self.pair = pair
  }

  package init(_ pairs: [TokenPair]) {
    self.init(count: pairs.count) { pairs[$0] }
    length = { pairs[$0].input.count + pairs[$0].target.count }
  }
}

/// Learns a module of a frozen generative network: the mean loss of the target tokens with it in
/// place.
package struct PromptTraining: Trainable {
  package struct Settings: Equatable, Sendable {
    /// Pairs in a step.
    package var batch = 16
    /// Tokens that are computed together at most; a step's gradient accumulates over such groups.
    package var groupTokens = 4096
    package var loss = TokenLoss()
    package var seed: UInt64 = 1

    package init() {}
  }

  package let network: any TunableNetwork
  package let module: any LearnedModule
  package let settings: Settings
  private let train, dev: PairSource

  /// - Requires: pairs to learn from and to measure on.
  package init(
    network: any TunableNetwork, module: any LearnedModule, train: PairSource, dev: PairSource,
    settings: Settings
  ) {
    precondition(train.count > 0 && dev.count > 0, "expected pairs to learn from and to measure on")
    self.network = network
    self.module = module
    self.train = train
    self.dev = dev
    self.settings = settings
  }

  package func examples(step: Int) -> [Int] {
    let epochs = EpochOrder(count: train.count, seed: settings.seed)
    return ((step - 1) * settings.batch..<step * settings.batch).map {
      train.order?($0) ?? epochs[$0]
    }
  }

  package func name(ofExample number: Int) -> String { train.name(number) }

  package func gradient(
    step: Int, parameters: [Float]
  ) throws -> (loss: Float, gradient: [Float]) {
    let pairs = try examples(step: step).map(train.pair)
    var sum: [Float]? = [Float](repeating: 0, count: module.layout.count)
    let loss = mean(pairs, parameters, settings.loss, addingTo: &sum)
    return (Float(loss), sum ?? [])
  }

  /// Without smoothing or z-loss, so that runs with and without them can be compared.
  package func devLoss(parameters: [Float]) throws -> Double {
    var nothing: [Float]?
    return mean(
      try (0..<dev.count).map(dev.pair), parameters, TokenLoss(), addingTo: &nothing)
  }

  /// The mean loss of the target tokens.
  private func mean(
    _ pairs: [TokenPair], _ parameters: [Float], _ loss: TokenLoss,
    addingTo gradient: inout [Float]?
  ) -> Double {
    let tokens = pairs.reduce(0) { $0 + $1.target.count }
    let lengths = pairs.map { $0.input.count + $0.target.count + module.places }
    return groups(lengths).reduce(0) { sum, group in
      sum
        + module.loss(
          group.map { pairs[$0] }, of: network, parameters: parameters, loss,
          scale: 1 / Float(tokens), addingTo: &gradient) / Double(tokens)
    }
  }

  /// Neighbours that have at most `groupTokens` together, or are alone.
  private func groups(_ lengths: [Int]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var filled = 0
    for (index, length) in lengths.enumerated() {
      if let last = groups.last, filled + length <= settings.groupTokens {
        groups[groups.count - 1] = last.lowerBound..<index + 1
        filled += length
      } else {
        groups.append(index..<index + 1)
        filled = length
      }
    }
    return groups
  }
}
