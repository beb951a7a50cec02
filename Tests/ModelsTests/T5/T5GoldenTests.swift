import Foundation
import Tensors
import Testing

@testable import Models

/// Against what `transformers` computes in float64 (`Fixtures/Generation/make_t5.py`).
struct T5GoldenTests {
  struct Record: Decodable {
    let source, greedy: [Int32]
    /// Of the first step and of the last.
    let logits, last: [Float]
    let searches: [Search]
  }

  struct Search: Decodable {
    let beams: Int
    let lengthPenalty: Float
    let earlyStopping: String
    let ids: [Int32]

    var choice: TokenChoice {
      if beams == 1 { return .greedy }
      var settings = BeamSettings()
      settings.beams = beams
      settings.lengthPenalty = lengthPenalty
      settings.stopping = ["true": .early, "never": .never][earlyStopping] ?? .heuristic
      return .beams(settings)
    }
  }

  /// One per network: ungated and gated, with the embeddings as head and with its own. A wide one
  /// that is not committed is tested too where FIRN_TEST_T5 names its folder.
  static let folders =
    ["tiny-t5", "tiny-t5-v1_1", "tiny-t5-gelu-tied", "tiny-t5-silu-untied"].map {
      Fixtures.path("Generation/\($0)")
    } + [ProcessInfo.processInfo.environment["FIRN_TEST_T5"]].compactMap(\.self)

  /// What users are promised, of the largest logit.
  static let tolerance: Float = 1e-4

  static func records(_ folder: String) throws -> [Record] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      [Record].self, from: Data(contentsOf: URL(filePath: folder + "/expected.json")))
  }

  static func difference(_ found: [Float], _ expected: [Float]) -> Float {
    largestDifference(found, expected) / (expected.map(abs).max() ?? 1)
  }

  @Test(arguments: folders)
  func logitsEqualTheReferenceInOneRaggedBatch(folder: String) throws {
    let network = try T5.load(folder: folder)
    let records = try Self.records(folder)
    var (logits, cache) = network.prefill(records.map(\.source), after: nil)
    for (row, record) in records.enumerated() {
      #expect(
        Self.difference(logits.rows(row..<row + 1).values, record.logits) < Self.tolerance)
    }
    for place in 0..<records[0].greedy.count - 1 {
      logits = network.step(records.map { $0.greedy[place] }, &cache)
    }
    for (row, record) in records.enumerated() {
      #expect(Self.difference(logits.rows(row..<row + 1).values, record.last) < Self.tolerance)
    }
  }

  @Test(arguments: folders)
  func greedyTokensEqualTheReference(folder: String) throws {
    let network = try T5.load(folder: folder)
    let records = try Self.records(folder)
    let answers = network.generate(records.map(\.source), GenerationSettings())
    #expect(answers.map(\.ids) == records.map(\.greedy))
    #expect(answers.allSatisfy { !$0.isFinished && $0.ids.count == 32 })
  }

  @Test(arguments: folders)
  func everySearchEqualsTheReference(folder: String) throws {
    let network = try T5.load(folder: folder)
    let records = try Self.records(folder)
    for index in records[0].searches.indices {
      var settings = GenerationSettings()
      settings.stopTokens = [1]
      settings.choice = records[0].searches[index].choice
      let answers = network.generate(records.map(\.source), settings)
      #expect(
        answers.map(\.ids) == records.map { $0.searches[index].ids }, "\(settings.choice)")
      #expect(answers.allSatisfy { $0.isFinished == ($0.ids.last == 1) })
    }
  }

  @Test func aPrefixIsReadAsThePromptsBeginning() throws {
    let network = try T5.load(folder: Self.folders[0])
    let whole = network.generate([[5, 6, 7, 8, 1]], GenerationSettings())
    let parts = network.generate(
      [[7, 8, 1]], after: network.share([5, 6]), GenerationSettings())
    #expect(parts == whole)
  }

  @Test func bucketsEqualTheReference() throws {
    let data = try Data(contentsOf: URL(filePath: Fixtures.path("Generation/buckets.json")))
    let expected = try JSONDecoder().decode([String: [Int]].self, from: data)
    #expect(expected.count == 4)
    for (buckets, farthest) in [(32, 128), (8, 20)] {
      let positions = RelativePositions(buckets: buckets, farthest: farthest)
      for (mode, bidirectional) in [("both", true), ("one", false)] {
        let found = (-200...200).map { positions.bucket($0, bidirectional: bidirectional) }
        #expect(found == expected["\(mode)-\(buckets)-\(farthest)"])
      }
    }
  }
}
