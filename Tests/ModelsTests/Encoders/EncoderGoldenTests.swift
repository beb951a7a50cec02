import Foundation
import Native
import Tensors
import Testing

@testable import Models

/// Against what PyTorch computes (`Fixtures/Encoders/make_encoders.py`), the real model in float32,
/// the tiny ones in float64. Measured: 3.5e-6 for states, 3e-7 for vectors, as far as two orders of
/// summing float32 are apart.
struct EncoderGoldenTests {
  /// What users are promised.
  static let tolerance: Float = 1e-5

  struct TextRecord: Decodable {
    let text: String
    let tokens, offset: Int
    let vector: [Float]
    let states: [[Float]]
    let layers: [[[Float]]]?
  }

  struct PairRecord: Decodable {
    let question, passage: String
    let ids: [Int32]
    let logits: [Float]?
    let layers: [[Float]]?
  }

  static func records<Record: Decodable>(_ name: String) throws -> [Record] {
    let data = try Data(contentsOf: URL(filePath: Fixtures.path("Encoders/\(name)")))
    return try JSONDecoder().decode([Record].self, from: data)
  }

  static func minilm() throws -> SentenceEncoder {
    try SentenceEncoder(folder: Fixtures.minilm, name: "minilm")
  }

  /// A copy of a tiny model's folder, since the checksum is kept beside the weights.
  static func tiny(_ name: String, in folder: TemporaryFolder) throws -> String {
    let copy = folder.path + "/" + name
    try FileManager.default.copyItem(atPath: Fixtures.path("Encoders/\(name)"), toPath: copy)
    return copy
  }

  static func batch(_ records: [TextRecord], _ encoder: SentenceEncoder) -> RaggedBatch {
    var batch = RaggedBatch()
    let frame = TextFrame(
      before: encoder.tokenizer.frame.before, after: encoder.tokenizer.frame.after)
    for record in records {
      let ids = encoder.tokenizer.encode(record.text).ids.prefix(encoder.maxTokens - 2)
      batch.append(Array(ids), frame: frame)
    }
    return batch
  }

  /// Measured cosines: 0.989 for the worst token, 0.997 on average.
  @Test func statesOnEightBitIntegersPointWhereTheExactOnesDo() throws {
    let encoder = try Self.minilm()
    let batch = Self.batch(try Self.records("minilm.json"), encoder)
    let (exact, rounded) = (encoder.network(batch), encoder.network.quantized(batch))
    let cosines = (0..<exact.rows).map { row -> Float in
      let (a, b) = (exact.rows(row..<row + 1).values, rounded.rows(row..<row + 1).values)
      let squares = Kernels.dot(a.span, a.span) * Kernels.dot(b.span, b.span)
      return Kernels.dot(a.span, b.span) / squares.squareRoot()
    }
    let mean = cosines.reduce(0, +) / Float(cosines.count)
    #expect(cosines.allSatisfy { $0 > 0.985 }, "\(cosines.min() ?? 0) at worst, \(mean) on average")
    #expect(mean > 0.996, "\(mean)")
  }

  @Test func lastStatesOfTheRealModelEqualTheReferenceInOneRaggedBatch() throws {
    let encoder = try Self.minilm()
    let records: [TextRecord] = try Self.records("minilm.json")
    let batch = Self.batch(records, encoder)
    let states = encoder.network(batch)
    for (index, record) in records.enumerated() {
      let tokens = batch.range(index)
      #expect(tokens.count == record.tokens)
      let step = tokens.count > 20 ? 7 : 1
      let found = stride(from: tokens.lowerBound, to: tokens.upperBound, by: step).flatMap { row in
        stride(from: record.offset, to: states.width, by: 29).map { states[row, $0] }
      }
      #expect(largestDifference(found, record.states.flatMap { $0 }) < Self.tolerance)
    }
  }

  @Test func vectorsOfTheRealModelEqualTheReference() throws {
    let encoder = try Self.minilm()
    let records: [TextRecord] = try Self.records("minilm.json")
    let (vectors, truncated) = encoder.embed(records.map(\.text))
    #expect(truncated == 1)
    for (index, record) in records.enumerated() {
      let step = record.vector.count == encoder.width ? 1 : 8
      let found = stride(from: 0, to: encoder.width, by: step).map {
        vectors[index * encoder.width + $0]
      }
      #expect(largestDifference(found, record.vector) < Self.tolerance)
    }
  }

  @Test func statesAfterEachLayerOfTheRealModelEqualTheReference() throws {
    let encoder = try Self.minilm()
    let records: [TextRecord] = try Self.records("minilm.json")
    let record = try #require(records.first { $0.layers != nil })
    let layers = try #require(record.layers)
    let states = encoder.network.states(
      Self.batch([record], encoder), after: Array(layers.indices))
    for (state, layer) in zip(states, layers) {
      let found = (0..<state.rows).flatMap { row in
        stride(from: 0, to: state.width, by: 48).map { state[row, $0] }
      }
      #expect(largestDifference(found, layer.flatMap { $0 }) < Self.tolerance)
    }
  }

  @Test func aVectorDoesNotDependOnItsBatch() throws {
    let encoder = try Self.minilm()
    let records: [TextRecord] = try Self.records("minilm.json")
    let together = encoder.embed(records.map(\.text)).vectors
    for (index, record) in records.enumerated() {
      let alone = encoder.embed([record.text]).vectors
      let row = Array(together[index * encoder.width..<(index + 1) * encoder.width])
      #expect(largestDifference(alone, row) < 1e-6)
    }
  }

  @Test func statesOfATinyNetworkEqualTheReferenceInOrderOfTheDepthsAsked() throws {
    let folder = Fixtures.path("Encoders/tiny-bert")
    let network = try BERT.load(Checkpoint(folder: folder))
    let records: [PairRecord] = try Self.records("tiny-bert/expected.json")
    for record in records {
      guard let layers = record.layers else { continue }
      var batch = RaggedBatch()
      let separator = try #require(record.ids.firstIndex(of: 3))
      batch.append(
        ids: record.ids, segments: record.ids.indices.map { $0 > separator ? 1 : 0 })
      let states = network.states(batch, after: [2, 0, 1])
      for (state, layer) in zip(states, [layers[2], layers[0], layers[1]]) {
        #expect(largestDifference(state.values, layer) < Self.tolerance)
      }
    }
  }

  @Test(arguments: ["tiny-classifier-1", "tiny-classifier-2"])
  func scoresOfAClassifierEqualTheReference(name: String) throws {
    let folder = try TemporaryFolder()
    let encoder = try CrossEncoder(folder: Self.tiny(name, in: folder), name: name)
    #expect(encoder.maxTokens == 64)
    let records: [PairRecord] = try Self.records("\(name)/expected.json")
    let expected = records.map { record in
      let logits = record.logits ?? []
      return logits.count == 1 ? logits[0] : logits[1] - logits[0]
    }
    let (scores, truncated) = encoder.score(pairs: records.map { ($0.question, $0.passage) })
    #expect(truncated == 2)
    #expect(largestDifference(scores, expected) < Self.tolerance)
  }
}

/// The largest absolute difference of two arrays; infinite when their lengths differ.
func largestDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count, !found.isEmpty else { return .infinity }
  return zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
}
