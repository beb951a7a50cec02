import Native
import Tensors
import Testing

@testable import Models

struct SoftPromptTests {
  private let tokens = Embedding(
    table: StoredTable(FloatTable((0..<40).map(Float.init))), width: 2)

  @Test func learningBeginsWithEmbeddingsOrNumbersOfTheirSize() {
    let prompt = SoftPrompt(length: 3, decoderLength: 2, width: 2)
    let text = prompt.initialParameters(.text([4, 7]), tokens, seed: 1)
    #expect(text == [8, 9, 14, 15, 8, 9, 14, 15, 8, 9])
    let sample = prompt.initialParameters(.sample([1, 2, 3, 4, 5]), tokens, seed: 1)
    #expect(Set(stride(from: 0, to: 10, by: 2).map { sample[$0] }) == [2, 4, 6, 8, 10])
    let large = SoftPrompt(length: 500, width: 2)
    let numbers = large.initialParameters(.random, tokens, seed: 1)
    // √(Σ i² / 40) for 0 to 39 is 22.7.
    let size = SoftPrompt.size(of: tokens)
    #expect(abs(size - 22.7) < 0.1)
    let deviation = (numbers.reduce(0) { $0 + $1 * $1 } / 1000).squareRoot()
    #expect(abs(deviation / size - 1) < 0.1)
    #expect(numbers == large.initialParameters(.random, tokens, seed: 1))
    #expect(numbers != large.initialParameters(.random, tokens, seed: 2))
  }

  @Test func aModuleFileGivesTheVectorsBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/prompt.safetensors"
    let t5 = try T5.load(folder: Fixtures.path("Generation/tiny-t5"))
    let fixture = try DecoderFixture("opt-350m")
    let opt = try Decoders.load(folder: fixture.path)
    func save(_ length: Int, _ decoderLength: Int, kind: String = SoftPrompt.kind) throws {
      let prompt = SoftPrompt(length: length, decoderLength: decoderLength, width: 16)
      let parameters = (0..<prompt.layout.count).map { Float($0) / 4 }
      try ModuleFile(
        kind: kind, baseModel: "tiny", baseSHA256: "", promptLength: length, trainingData: "",
        seed: 1, steps: 1, toolVersion: "", devScore: "", command: "",
        tensors: prompt.tensors(parameters)
      ).save(path: path)
    }
    func rows(_ network: any TunableNetwork) throws -> PromptRows {
      let (prompt, parameters) = try SoftPrompt.read(
        ModuleFile(path: path), path: path, for: network)
      return prompt.rows(parameters)
    }
    try save(2, 1)
    let prompt = try rows(t5)
    #expect(prompt.input == Tensor(rows: 2, width: 16, values: (0..<32).map { Float($0) / 4 }))
    #expect(prompt.decoder.values == (32..<48).map { Float($0) / 4 })
    let decoder = try #require(throws: CheckpointError.self) { try rows(opt) }
    #expect(decoder.tensor == "decoder_prompt")
    try save(2, 0)
    #expect(try rows(opt).decoder.rows == 0)
    let wide = try DecoderFixture("llama")
    let width = try #require(throws: CheckpointError.self) {
      try rows(try Decoders.load(folder: wide.path))
    }
    #expect((width.expected, width.found) == ("shape [2, 32]", "[2, 16]"))
    try save(2, 0, kind: "reader")
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/opt"))
    #expect(throws: CheckpointError.self) {
      try LearnedModules.read(
        ModuleFile(path: path), path: path, for: opt, tokenizer: tokenizer)
    }
  }
}
