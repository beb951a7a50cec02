import Tensors
import Testing

@testable import Models

/// Against what transformers computes in float64 (`Fixtures/Decoders/make_decoders.py`).
struct DecoderGoldenTests {
  static let names = [
    "opt", "opt+unnormed", "opt-350m", "gpt2", "gpt2+scaled", "llama", "llama-biased",
    "llama+linear", "llama+dynamic", "llama+llama3", "llama+yarn", "llama+yarn-mscale", "llama+old",
    "qwen2", "qwen3", "mistral", "mistral+everywhere",
  ]

  /// What users are promised, of the largest logit.
  static let tolerance: Float = 1e-4

  @Test(arguments: names)
  func logitsAfterEveryTokenEqualTheReference(name: String) throws {
    let fixture = try DecoderFixture(name)
    let network = try Decoders.load(folder: fixture.path)
    let record = try DecoderFixture.records(name)[0]
    var cache = network.emptyCache(sequences: 1)
    let logits = network.logits(network.read([record.ids], &cache).states)
    #expect(relativeDifference(logits.values, record.logits.flatMap { $0 }) < Self.tolerance)
  }

  @Test(arguments: names)
  func promptsOfOneRaggedBatchGoOnAsTheReferenceDoes(name: String) throws {
    let fixture = try DecoderFixture(name)
    let network = try Decoders.load(folder: fixture.path)
    let records = try DecoderFixture.records(name)
    var (logits, cache) = network.prefill(records.map(\.ids), after: nil)
    for (row, record) in records.enumerated() {
      let found = logits.rows(row..<row + 1).values
      #expect(relativeDifference(found, record.logits.last ?? []) < Self.tolerance)
    }
    for step in 0..<32 {
      let tokens = (0..<records.count).map { best(logits.rows($0..<$0 + 1).values) }
      #expect(tokens == records.map { $0.tokens[step] }, "step \(step)")
      logits = network.step(tokens, &cache)
    }
  }

  @Test(arguments: names)
  func beamsEqualTheReference(name: String) throws {
    let fixture = try DecoderFixture(name)
    try checkBeams(Decoders.load(folder: fixture.path), DecoderFixture.records(name))
  }

  @Test(.enabled(if: !DecoderFixture.wide.isEmpty), arguments: DecoderFixture.wide)
  func networksOfRealWidthEqualTheReference(folder: String) throws {
    let network = try Decoders.load(folder: folder)
    let records = try DecoderFixture.records(folder: folder)
    var cache = network.emptyCache(sequences: 1)
    let all = network.logits(network.read([records[0].ids], &cache).states)
    #expect(relativeDifference(all.values, records[0].logits.flatMap { $0 }) < Self.tolerance)
    let last = network.prefill([records[1].ids], after: nil).logits.values
    #expect(relativeDifference(last, records[1].logits[0]) < Self.tolerance)
    var settings = GenerationSettings()
    settings.maxTokens = 32
    let answers = network.generate(records.map(\.ids), settings)
    #expect(answers.map(\.ids) == records.map(\.tokens))
    try checkBeams(network, records)
  }

  private func checkBeams(
    _ network: any GenerativeNetwork, _ records: [DecoderFixture.Record]
  ) throws {
    var search = BeamSettings()
    search.beams = 3
    var settings = GenerationSettings()
    settings.maxTokens = 32
    settings.choice = .beams(search)
    let found = network.generate(records.map(\.ids), settings)
    #expect(found.map(\.ids) == records.map(\.beams))
  }

  @Test(arguments: ["opt", "gpt2", "llama", "qwen2", "qwen3", "mistral"])
  func aSharedPrefixChangesNothing(name: String) throws {
    let fixture = try DecoderFixture(name)
    let network = try Decoders.load(folder: fixture.path)
    let records = try DecoderFixture.records(name)
    let prompts = [records[0].ids, records[0].ids, Array(records[0].ids.prefix(5))]
    let prefix = network.share(Array(records[0].ids.prefix(4)))
    let (logits, cache) = network.prefill(prompts.map { Array($0.dropFirst(4)) }, after: prefix)
    #expect(cache.lengths == prompts.map(\.count))
    for (row, last) in [8, 8, 4].enumerated() {
      let found = logits.rows(row..<row + 1).values
      #expect(relativeDifference(found, records[0].logits[last]) < Self.tolerance)
    }
  }

  private func best(_ logits: [Float]) -> Int32 {
    Int32(logits.indices.max { logits[$0] < logits[$1] } ?? -1)
  }

  private func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
    largestDifference(found, expected) / (expected.map(abs).max() ?? 0)
  }
}
