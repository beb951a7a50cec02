import Models
import Tensors
import Testing

/// The hand-written backward pass against central differences of the forward pass.
struct SpanNetworkGradientTests {
  private let frozen: BERT
  private let batch: RaggedBatch
  /// Weights that turn the logits into a loss: Σ weight · logit.
  private let weights: [Float]

  init() throws {
    frozen = try TinyCheckpoint.load(seed: 3)
    var batch = RaggedBatch()
    batch.append(ids: [1, 5, 9, 2, 7], segments: [0, 0, 1, 1, 1])
    batch.append(ids: [1, 4, 29], segments: [0, 0, 1])
    self.batch = batch
    var random = SplitMix64(seed: 5)
    weights = (0..<2 * batch.tokens).map { _ in random.normal(deviation: 1) }
  }

  /// LoRA under a block, and everything at once.
  static let kinds = [
    SpanNetwork.Sizes(rank: 2, block: 10),
    SpanNetwork.Sizes(rank: 2, prompt: 3, prefix: 2, prefixHidden: 5, block: 10),
  ]

  private func start(_ network: SpanNetwork) -> [Float] {
    network.initialParameters(seed: 1, vocabulary: [3, 8, 12, 20])
  }

  /// Nothing zero, so that every path carries gradient.
  private func parameters(_ network: SpanNetwork) -> [Float] {
    var random = SplitMix64(seed: 11)
    return start(network).map { $0 + random.normal(deviation: 0.2) }
  }

  private func loss(_ network: SpanNetwork, _ parameters: [Float]) -> Double {
    let logits = network.instance(parameters).logits(batch)
    return zip(logits.values, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// Float32 forward passes of about 1 in size differ by 1e-6 or so; over a step of 2 · 4e-3 that is
  /// 2e-4 of noise, beside a third-order error of the same size.
  @Test(arguments: kinds)
  func everyTensorsGradientMatchesCentralDifferences(sizes: SpanNetwork.Sizes) {
    let network = SpanNetwork(frozen: frozen, sizes)
    let parameters = parameters(network)
    var gradient = [Float](repeating: 0, count: parameters.count)
    _ = network.instance(parameters).accumulateGradient(batch, into: &gradient) { logits in
      (0, Tensor(rows: logits.rows, width: 2, values: weights))
    }
    var random = SplitMix64(seed: 7)
    for slice in network.layout.slices {
      // A random direction inside one tensor tests all of its elements at once.
      let direction = slice.range.map { _ in random.normal(deviation: 1) }
      let step: Float = 4e-3 / direction.map { $0 * $0 }.reduce(0, +).squareRoot()
      func moved(_ sign: Float) -> [Float] {
        var moved = parameters
        for (i, d) in zip(slice.range, direction) { moved[i] += sign * step * d }
        return moved
      }
      let numeric = (loss(network, moved(1)) - loss(network, moved(-1))) / Double(2 * step)
      let analytic = zip(slice.range, direction).reduce(0.0) {
        $0 + Double(gradient[$1.0]) * Double($1.1)
      }
      let size = gradient[slice.range].map { $0 * $0 }.reduce(0, +).squareRoot()
      let length = Double(direction.map { $0 * $0 }.reduce(0, +).squareRoot())
      #expect(
        abs(numeric - analytic) <= 0.02 * (Double(size) + 0.02) * length,
        "\(slice.name): expected \(numeric), found \(analytic)")
    }
  }

  @Test func aFreshModuleLeavesTheFrozenStatesAlone() {
    let network = SpanNetwork(frozen: frozen, Self.kinds[0])
    let fresh = start(network)
    #expect(fresh == start(network))
    let head = network.layout.slices.first { $0.name == "head.weight" }!
    let states = network.frozen(batch)
    let logits = network.instance(fresh).logits(batch)
    for token in 0..<batch.tokens {
      let expected = (0..<states.width).reduce(Float(0)) {
        $0 + states[token, $1] * fresh[head.offset + $1]
      }
      #expect(abs(logits[token, 0] - expected) < 1e-4)
    }
  }

  @Test(arguments: kinds)
  func aSequenceReadsTheSameAloneAndInABatch(sizes: SpanNetwork.Sizes) {
    let network = SpanNetwork(frozen: frozen, sizes)
    let instance = network.instance(parameters(network))
    var alone = RaggedBatch()
    alone.append(ids: [1, 4, 29], segments: [0, 0, 1])
    let together = instance.logits(batch)
    let single = instance.logits(alone)
    for token in 0..<3 {
      for column in 0..<2 {
        #expect(abs(single[token, column] - together[5 + token, column]) < 1e-5)
      }
    }
  }

  @Test func aPromptAndAPrefixBeginAsTheNetworkSeesTokens() {
    let network = SpanNetwork(frozen: frozen, .init(prompt: 3, prefix: 2))
    let fresh = network.initialParameters(seed: 1, vocabulary: [8])
    func values(_ name: String) -> [Float] {
      Array(fresh[network.layout.slices.first { $0.name == name }!.range])
    }
    func read(_ ids: [Int32]) -> Tensor {
      var text = RaggedBatch()
      text.append(ids: ids, segments: ids.map { _ in 0 })
      return frozen.states(text, after: [0])[0]
    }
    #expect(values("prompt") == read([8, 8, 8]).values)
    let (layer, states) = (frozen.layers[0], read([8, 8]))
    let keysAndValues = Tensor(joining: layer.key(states), layer.value(states))
    #expect(values("prefix.encoder.0") == keysAndValues.values)
  }
}
