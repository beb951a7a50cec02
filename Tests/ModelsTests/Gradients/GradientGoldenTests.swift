import Foundation
import Tensors
import Testing

@testable import Models

/// Soft prompts' losses and gradients against PyTorch's in float64 (`Fixtures/make_gradients.py`).
struct GradientGoldenTests {
  struct Record: Decodable, CustomTestStringConvertible {
    let name: String
    let prompt, decoder: [Float]
    let loss: Double
    let promptGradient, decoderGradient: [Float]

    var testDescription: String { name }
  }

  /// As the script has them.
  static let pairs = [
    TokenPair(input: [7, 31, 5, 22, 40, 9, 3], target: [12, 4, 1]),
    TokenPair(input: [2], target: [33, 18, 9, 27, 1]),
    TokenPair(input: [5, 6, 7, 8], target: [1]),
  ]
  static let targets = 9
  static let loss = TokenLoss(smoothing: 0.1, z: 1e-2)
  static let records = {
    let data = try? Data(contentsOf: URL(filePath: Fixtures.path("gradients.json")))
    return data.flatMap { try? JSONDecoder().decode([Record].self, from: $0) } ?? []
  }()

  static func network(_ name: String) throws -> any TunableNetwork {
    if name.contains("t5") { return try T5.load(folder: Fixtures.path("Generation/\(name)")) }
    let fixture = try DecoderFixture(name)
    return try Decoders.load(folder: fixture.path)
  }

  private func rows(_ values: [Float], _ width: Int) -> Tensor {
    Tensor(rows: values.count / width, width: width, values: values)
  }

  private func prompt(_ record: Record, _ network: any TunableNetwork) -> PromptRows {
    let width = network.tokens.width
    return PromptRows(input: rows(record.prompt, width), decoder: rows(record.decoder, width))
  }

  @Test func everyNetworkHasARecord() { #expect(Self.records.count == 14) }

  @Test(arguments: records)
  func lossAndGradientEqualTheReference(record: Record) throws {
    let network = try Self.network(record.name)
    let prompt = prompt(record, network)
    var gradient: LearnedGradient? = LearnedGradient(like: [prompt])
    let sum = network.loss(
      Self.pairs, after: [prompt], Self.loss, scale: 1 / Float(Self.targets), addingTo: &gradient)
    #expect(abs(sum / Double(Self.targets) - record.loss) < 1e-4 * record.loss)
    let found = try #require(gradient?.prompts.first)
    func expect(_ found: Tensor, _ expected: [Float]) {
      let size = expected.map(abs).max() ?? 0
      #expect(
        found.rows == 0 && expected.isEmpty
          || largestDifference(found.values, expected) <= 1e-4 * size)
    }
    expect(found.input, record.promptGradient)
    expect(found.decoder, record.decoderGradient)
    var nothing: LearnedGradient?
    let measured = network.loss(
      Self.pairs, after: [prompt], Self.loss, scale: 1, addingTo: &nothing)
    #expect(measured == sum)
  }

  @Test(arguments: records)
  func eachPairCanHaveAPromptOfItsOwn(record: Record) throws {
    let network = try Self.network(record.name)
    let prompt = prompt(record, network)
    var other = prompt
    for i in other.input.values.indices { other.input.values[i] *= -0.5 }
    let prompts = [prompt, other, prompt]
    var together: LearnedGradient? = LearnedGradient(like: prompts)
    let sum = network.loss(Self.pairs, after: prompts, Self.loss, scale: 1, addingTo: &together)
    var sums = 0.0
    for (index, pair) in Self.pairs.enumerated() {
      var alone: LearnedGradient? = LearnedGradient(like: [prompts[index]])
      sums += network.loss([pair], after: [prompts[index]], Self.loss, scale: 1, addingTo: &alone)
      let (found, expected) = (together!.prompts[index].input, alone!.prompts[0].input)
      let size = expected.values.map(abs).max() ?? 0
      #expect(largestDifference(found.values, expected.values) <= 1e-4 * size)
    }
    #expect(abs(sum - sums) < 1e-5 * sum)
    let texts = Self.pairs.map(\.input)
    let logits = network.prefill(texts, after: SharedPrefix(prompts: prompts)).logits
    for (index, text) in texts.enumerated() {
      let alone = network.prefill([text], after: network.share(prompts[index], [])).logits.values
      #expect(
        largestDifference(logits.rows(index..<index + 1).values, alone)
          < 1e-4 * (alone.map(abs).max() ?? 0))
    }
  }

  /// The probability that generation gives the first target after the prompt is the one that
  /// training counts.
  @Test(arguments: records)
  func generationReadsThePromptAsTrainingDoes(record: Record) throws {
    let network = try Self.network(record.name)
    let prompt = prompt(record, network)
    let pairs = Self.pairs.map { TokenPair(input: $0.input, target: [$0.target[0]]) }
    var nothing: LearnedGradient?
    let loss = network.loss(
      pairs, after: [prompt], TokenLoss(), scale: 1, addingTo: &nothing)
    let prefix = network.share(prompt, [])
    var logits = network.prefill(pairs.map(\.input), after: prefix).logits
    let found = TokenLoss()(&logits, targets: pairs.map { $0.target[0] }, scale: 1)
    #expect(abs(found - loss) < 1e-4 * loss)
    // Tokens of a shared prefix stand between the prompt and the rest.
    let divided = network.share(prompt, [7, 31])
    let parts = network.prefill([Array(pairs[0].input.dropFirst(2))], after: divided).logits.values
    let whole = network.prefill([pairs[0].input], after: prefix).logits.values
    #expect(largestDifference(parts, whole) < 1e-4 * (whole.map(abs).max() ?? 0))
  }
}
