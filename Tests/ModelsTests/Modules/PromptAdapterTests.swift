import Foundation
import Tensors
import Testing

@testable import Models

/// Against PEFT's own files and logits (`Fixtures/Adapters/make_adapters.py`).
struct PromptAdapterTests {
  private func folder(_ name: String) -> String { Fixtures.path("Adapters/\(name)") }

  /// The first has two halves.
  @Test(arguments: ["tiny-t5", "tiny-t5-gelu-tied", "llama"])
  func anAdapterOfPEFTGivesItsLogits(name: String) throws {
    let network = try GradientGoldenTests.network(name)
    let prompt = try PromptRows(adapter: folder(name), for: network)
    #expect(prompt.input.rows == 3 && prompt.decoder.rows == 0)
    let data = try Data(contentsOf: URL(filePath: folder(name) + "/expected.json"))
    let expected = try JSONDecoder().decode([Float].self, from: data)
    let found = network.prefill([[7, 31, 5, 22, 40, 9, 3]], after: network.share(prompt, [])).logits
    #expect(
      largestDifference(found.values, expected) < 1e-4 * (expected.map(abs).max() ?? 0))
  }

  @Test(arguments: ["tiny-t5-gelu-tied", "llama"])
  func whatIsWrittenIsWhatPEFTWrote(name: String) throws {
    let network = try GradientGoldenTests.network(name)
    let prompt = try PromptRows(adapter: folder(name), for: network)
    let temporary = try TemporaryFolder()
    try prompt.saveAdapter(folder: temporary.path, base: name, for: network)
    #expect(try PromptRows(adapter: temporary.path, for: network) == prompt)
    func fields(_ folder: String) throws -> NSDictionary {
      let data = try Data(contentsOf: URL(filePath: folder + "/adapter_config.json"))
      return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    }
    let (found, expected) = (try fields(temporary.path), try fields(folder(name)))
    for (key, value) in found {
      #expect(expected[key] as? NSObject == value as? NSObject, "\(key)")
    }
    // For a check by PEFT itself, see the script.
    if let place = ProcessInfo.processInfo.environment["FIRN_TEST_ADAPTERS"] {
      try prompt.saveAdapter(folder: "\(place)/\(name)", base: name, for: network)
    }
  }

  @Test func anAdapterOfAnotherKindOrShapeIsRefused() throws {
    let network = try GradientGoldenTests.network("llama")
    let temporary = try TemporaryFolder()
    func error(_ old: String, _ new: String) throws -> CheckpointError {
      let config = try String(
        contentsOfFile: folder("llama") + "/adapter_config.json", encoding: .utf8)
      #expect(config.contains(old))
      _ = try temporary.write("adapter_config.json", config.replacing(old, with: new))
      let weights = try Data(
        contentsOf: URL(filePath: folder("llama") + "/adapter_model.safetensors"))
      _ = try temporary.write("adapter_model.safetensors", [UInt8](weights))
      return try #require(throws: CheckpointError.self) {
        try PromptRows(adapter: temporary.path, for: network)
      }
    }
    #expect(try error("PROMPT_TUNING", "LORA").expected == "peft_type: PROMPT_TUNING")
    let shape = try error("\"num_virtual_tokens\": 3", "\"num_virtual_tokens\": 4")
    #expect((shape.expected, shape.found) == ("shape [4, 32]", "[3, 32]"))
    let twice = try error("\"num_transformer_submodules\": 1", "\"num_transformer_submodules\": 2")
    #expect(twice.expected == "num_transformer_submodules: 1")
    let uneven = PromptRows(
      input: Tensor(rows: 2, width: 32), decoder: Tensor(rows: 1, width: 32))
    #expect(throws: CheckpointError.self) {
      try uneven.saveAdapter(folder: temporary.path, base: "llama", for: network)
    }
  }
}
