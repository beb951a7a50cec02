import Foundation
import Tensors
import Testing

@testable import Models

/// What is learned for reading on a frozen BERT, alone and together, against PyTorch in float64
/// (`Fixtures/make_reader.py`).
struct ReaderGoldenTests {
  struct Record: Decodable, CustomTestStringConvertible {
    let sizes: [String: Int]
    let loss: Double
    let gradients: [String: [Double]]

    var network: SpanNetwork {
      get throws {
        let folder = Fixtures.path("Encoders/tiny-bert")
        return SpanNetwork(
          frozen: try BERT.load(Checkpoint(folder: folder)),
          SpanNetwork.Sizes(
            rank: sizes["rank"] ?? 0, prompt: sizes["prompt"] ?? 0, prefix: sizes["prefix"] ?? 0,
            prefixHidden: sizes["prefixHidden"] ?? 0, block: sizes["block"] ?? 0))
      }
    }

    var testDescription: String {
      sizes.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ")
    }
  }

  static let records = {
    let data = try? Data(contentsOf: URL(filePath: Fixtures.path("reader.json")))
    return data.flatMap { try? JSONDecoder().decode([Record].self, from: $0) } ?? []
  }()

  /// As the script has them.
  static let batch = {
    var batch = RaggedBatch()
    batch.append(ids: [2, 5, 9, 3, 7, 11, 4], segments: [0, 0, 0, 0, 1, 1, 1])
    batch.append(ids: [2, 8, 3], segments: [0, 0, 1])
    return batch
  }()

  /// A weighted sum of the logits; both signs cancel, so that it is compared with its terms.
  private static let weights = ModuleGoldenTests.numbers("weights", 2 * batch.tokens, 1)

  @Test func everyKindHasARecord() { #expect(Self.records.count == 6) }

  @Test(arguments: records)
  func logitsAndGradientsEqualTheReference(record: Record) throws {
    let network = try record.network
    let parameters = ModuleGoldenTests.parameters(network.layout, 0.3)
    let instance = network.instance(parameters)
    var logits = Tensor(rows: 0, width: 2)
    var gradient = [Float](repeating: 0, count: parameters.count)
    _ = instance.accumulateGradient(Self.batch, into: &gradient) {
      logits = $0
      return (0, Tensor(rows: $0.rows, width: 2, values: Self.weights.map(Float.init)))
    }
    let terms = zip(logits.values, Self.weights).map { Double($0) * $1 }
    let size = terms.reduce(0) { $0 + abs($1) }
    #expect(abs(terms.reduce(0, +) - record.loss) <= 1e-5 * size)
    let expected = ModuleGoldenTests.Values(loss: record.loss, gradients: record.gradients)
    try expected.expectEqual(gradient, network.layout)
    // The pass that keeps nothing gives the same logits.
    #expect(largestDifference(instance.logits(Self.batch).values, logits.values) < 1e-5)
  }

  /// The prefix is saved as its vectors, whether or not these were learned through a network.
  @Test(arguments: records)
  func aModuleFileReadsAsItWasLearned(record: Record) throws {
    let network = try record.network
    let parameters = ModuleGoldenTests.parameters(network.layout, 0.3)
    let module = ModuleFile(
      kind: "reader", baseModel: "tiny", baseSHA256: "", rank: record.sizes["rank"],
      trainingData: "", seed: 1, steps: 1, toolVersion: "", devScore: "", command: "",
      tensors: network.tensors(parameters))
    let again = SpanNetwork(frozen: network.frozen, .init(module))
    let instance = again.instance(try again.parameters(of: module))
    let expected = network.instance(parameters).logits(Self.batch)
    #expect(largestDifference(instance.logits(Self.batch).values, expected.values) < 1e-5)
    var stranger = module
    stranger.tensors.append(NamedTensor(name: "prefix.decoder.0", shape: [1], values: [0]))
    #expect(throws: CheckpointError.self) { try again.parameters(of: stranger) }
  }
}
