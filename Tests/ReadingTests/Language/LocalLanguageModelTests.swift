import Foundation
import Models
import Testing

@testable import Reading

@Suite struct LocalLanguageModelTests {
  private let folder: TemporaryFolder
  private let model: LocalLanguageModel

  init() throws {
    folder = try TemporaryFolder()
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let tokenizer = tests.appending(path: "ModelsTests/Fixtures/Tokenizers/llama3/tokenizer.json")
    model = LocalLanguageModel(
      try GenerativeModel(
        folder: folder.writeLlama(
          tokenizer: String(contentsOf: tokenizer, encoding: .utf8), vocabulary: 422,
          positions: 4096)))
  }

  private let prompts = ["a river", "a stone", "", "green"].map {
    PromptTemplate.ralm.prompt(question: "what is \($0)", passages: [], examples: [])
  }

  @Test func whatPromptsShareChangesNothing() throws {
    var settings = CompletionSettings()
    settings.maxTokens = 6
    let together = try model.complete(prompts, settings)
    for (prompt, completion) in zip(prompts, together) {
      let alone = try model.complete([prompt], settings)[0]
      #expect(completion.text == alone.text && completion.text != "")
      let differences = zip(completion.logProbabilities ?? [], alone.logProbabilities ?? [])
        .map { abs($0 - $1) }
      #expect(differences.count == 6 && differences.allSatisfy { $0 < 1e-4 })
    }
  }

  @Test func manyPromptsAreReadInGroups() throws {
    var settings = CompletionSettings()
    settings.maxTokens = 2
    // Some 900 tokens each: more than are read at once.
    let long = (0..<24).map { number in
      "\(number) " + Array(repeating: "where is the river ", count: 60).joined()
    }
    #expect(long.reduce(0) { $0 + model.countTokens($1) } > 8192)
    let together = try model.complete(long, settings)
    #expect(together.count == long.count)
    #expect(try together[17].text == model.complete([long[17]], settings)[0].text)
  }

  @Test func drawsHangOnTheSeedAlone() throws {
    var settings = CompletionSettings()
    settings.maxTokens = 8
    settings.temperature = 1.5
    let first = try model.complete(prompts, settings)
    #expect(try model.complete(prompts, settings) == first)
    settings.seed = 2
    #expect(try model.complete(prompts, settings) != first)
  }

  @Test func aPromptBeyondTheLastPositionIsRefused() {
    #expect(throws: CheckpointError.self) {
      try model.complete([String(repeating: "word ", count: 3000)], CompletionSettings())
    }
  }
}
