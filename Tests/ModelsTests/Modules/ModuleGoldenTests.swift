import Foundation
import Tensors
import Testing

@testable import Models

/// Losses and gradients of learned modules against PyTorch's in float64 (`Fixtures/make_modules.py`).
struct ModuleGoldenTests {
  struct Record: Decodable, CustomTestStringConvertible {
    let name: String
    let lora, prefix, inputDependent: Values
    let reparametrized: Values?

    var testDescription: String { name }
  }

  /// Of all weights (`Fixtures/make_weights.py`).
  struct WeightRecord: Decodable, CustomTestStringConvertible {
    let name: String
    let weights: Values

    var testDescription: String { name }
  }

  struct Values: Decodable {
    let loss: Double
    /// Of each tensor's gradient its size, and its products with two directions.
    let gradients: [String: [Double]]

    /// Compares the gradient of every tensor of a layout.
    func expectEqual(_ found: [Float], _ layout: ParameterLayout) throws {
      #expect(Set(layout.slices.map(\.name)) == Set(gradients.keys))
      for slice in layout.slices {
        let values = try #require(gradients[slice.name])
        let part = found[slice.range].map(Double.init)
        let norm = part.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // A bias of keys changes no softmax: its gradient is nothing but rounding.
        let tolerance = max(1e-4 * values[0], 1e-8)
        #expect(abs(norm - values[0]) <= tolerance, "\(slice.name)")
        for salt in 1...2 {
          let direction = numbers(slice.name, part.count, 1, salt: UInt64(salt))
          let product = zip(part, direction).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(product - values[salt]) <= tolerance, "\(slice.name)")
        }
      }
    }
  }

  static let records: [Record] = read("modules.json")
  static let weightRecords: [WeightRecord] = read("weights.json")

  private static func read<Record: Decodable>(_ name: String) -> [Record] {
    let data = try? Data(contentsOf: URL(filePath: Fixtures.path(name)))
    return data.flatMap { try? JSONDecoder().decode([Record].self, from: $0) } ?? []
  }

  /// Uniform numbers in −size ..< size that hang on a name alone, as the script draws them.
  static func numbers(_ name: String, _ count: Int, _ size: Double, salt: UInt64 = 0) -> [Double] {
    let seed = name.utf8.reduce(salt) { $0 &* 31 &+ UInt64($1) }
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Double(Float(size * (2 * random.uniform() - 1))) }
  }

  static func parameters(_ layout: ParameterLayout, _ size: Double) -> [Float] {
    layout.slices.flatMap {
      numbers($0.name, $0.rows * $0.columns, size).map(Float.init)
    }
  }

  private func expect(
    _ module: any LearnedModule, _ expected: Values, size: Double, on network: any TunableNetwork
  ) throws {
    try expect(module, expected, Self.parameters(module.layout, size), on: network)
  }

  private func expect(
    _ module: any LearnedModule, _ expected: Values, _ parameters: [Float],
    on network: any TunableNetwork
  ) throws {
    var gradient: [Float]? = [Float](repeating: 0, count: parameters.count)
    let sum = module.loss(
      GradientGoldenTests.pairs, of: network, parameters: parameters, GradientGoldenTests.loss,
      scale: 1 / Float(GradientGoldenTests.targets), addingTo: &gradient)
    #expect(
      abs(sum / Double(GradientGoldenTests.targets) - expected.loss) < 1e-4 * expected.loss)
    try expected.expectEqual(#require(gradient), module.layout)
    var nothing: [Float]?
    let measured = module.loss(
      GradientGoldenTests.pairs, of: network, parameters: parameters, GradientGoldenTests.loss,
      scale: 1, addingTo: &nothing)
    #expect(measured == sum)
    try expectGeneration(with: module, parameters, on: network)
  }

  /// The probability that generation gives the first targets is the one that training counts, also
  /// token by token and behind tokens that prompts share.
  private func expectGeneration(
    with module: any LearnedModule, _ parameters: [Float], on network: any TunableNetwork
  ) throws {
    let pair = GradientGoldenTests.pairs[1]
    var nothing: [Float]?
    let loss = module.loss(
      [pair], of: network, parameters: parameters, TokenLoss(), scale: 1, addingTo: &nothing)
    let applied = module.applied(to: network, parameters: parameters)
    let (first, cache) = applied.prefill([pair.input], after: nil)
    var state = (logits: first, cache: cache)
    var sum = 0.0
    for token in pair.target {
      var logits = state.logits
      sum += TokenLoss()(&logits, targets: [token], scale: 1)
      state.logits = applied.step([token], &state.cache)
    }
    #expect(abs(sum - loss) < 2e-4 * loss)
    let prompt = GradientGoldenTests.pairs[0].input
    let divided = applied.share(Array(prompt.prefix(2)))
    let parts = applied.prefill([Array(prompt.dropFirst(2))], after: divided).logits.values
    let whole = applied.prefill([prompt], after: nil).logits.values
    #expect(largestDifference(parts, whole) < 1e-4 * (whole.map(abs).max() ?? 0))
  }

  @Test func everyNetworkHasARecord() {
    #expect(Self.records.count == 14)
    #expect(Self.records.filter { $0.reparametrized != nil }.count == 2)
    #expect(Self.weightRecords.count == 6)
  }

  @Test(arguments: records)
  func lowRankChangesOfEveryMapEqualTheReference(record: Record) throws {
    let network = try GradientGoldenTests.network(record.name)
    let module = try LowRankAdaptation(
      rank: 2, alpha: 3, targets: ["all", "lm_head"], network: network)
    try expect(module, record.lora, size: 0.3, on: network)
  }

  @Test(arguments: records)
  func prefixesOfEveryAttentionEqualTheReference(record: Record) throws {
    let network = try GradientGoldenTests.network(record.name)
    try expect(
      PrefixTuning(length: 3, network: network), record.prefix, size: 0.5, on: network)
    if let expected = record.reparametrized {
      let module = PrefixTuning(length: 3, hidden: 5, network: network)
      try expect(module, expected, size: 0.5, on: network)
    }
  }

  /// Heads tied to embeddings and not, biases by distance, norms of heads, gates.
  @Test(arguments: weightRecords)
  func gradientsOfAllWeightsEqualTheReference(record: WeightRecord) throws {
    let kind = record.name.contains("t5") ? "Generation" : "Decoders"
    let module = try FullTuning(folder: Fixtures.path("\(kind)/\(record.name)"))
    let network = try GradientGoldenTests.network(record.name)
    let weights = try module.initialParameters()
    try expect(module, record.weights, weights, on: network)
  }

  @Test(arguments: ["gpt2", "opt"])
  func networksWithoutGradientsOfAllWeightsAreRefused(name: String) {
    #expect(throws: CheckpointError.self) {
      try FullTuning(folder: Fixtures.path("Decoders/\(name)"))
    }
  }

  /// The encoder reads the very ids that the network reads.
  @Test(arguments: records)
  func inputDependentPromptsEqualTheReference(record: Record) throws {
    let network = try GradientGoldenTests.network(record.name)
    let encoder = FrozenEncoder(
      name: "tiny-t5", folder: "",
      network: try T5Encoder.load(folder: Fixtures.path("Generation/tiny-t5")), sha256: "",
      parameters: 0
    ) { $0 }
    var size = InputDependentPrompt.Size()
    (size.length, size.encoderLength) = (3, 2)
    (size.width, size.heads, size.layers) = (12, 3, 2)
    try expect(
      InputDependentPrompt(size, encoder: encoder, network: network), record.inputDependent,
      size: 0.2, on: network)
  }
}
