import Foundation
import Tensors
import Testing

@testable import Models

/// Against PEFT's own files and logits (`Fixtures/Adapters/make_adapters.py`).
struct AdapterTests {
  static let names = [
    "tiny-t5", "tiny-t5-gelu-tied", "llama", "tiny-t5+prefix", "opt-350m+prefix", "gpt2+prefix",
    "qwen3+prefix", "tiny-t5+lora", "opt+lora", "gpt2+lora", "llama+lora",
  ]

  private func folder(_ name: String) -> String { Fixtures.path("Adapters/\(name)") }

  private func network(_ name: String) throws -> any TunableNetwork {
    try GradientGoldenTests.network(String(name.prefix { $0 != "+" }))
  }

  /// The largest difference to PEFT's logits, as a share of the largest logit.
  private func difference(_ adapter: String, _ name: String) throws -> Float {
    let network = try network(name)
    let (module, parameters) = try Adapter.read(adapter, for: network)
    let data = try Data(contentsOf: URL(filePath: folder(name) + "/expected.json"))
    let expected = try JSONDecoder().decode([Float].self, from: data)
    let found = module.applied(to: network, parameters: parameters)
      .prefill([[7, 31, 5, 22, 40, 9, 3]], after: nil).logits
    return largestDifference(found.values, expected) / (expected.map(abs).max() ?? 0)
  }

  @Test(arguments: names)
  func anAdapterOfPEFTGivesItsLogits(name: String) throws {
    #expect(try difference(folder(name), name) < 1e-4)
    let network = try network(name)
    let (module, parameters) = try Adapter.read(folder(name), for: network)
    #expect(parameters.count == module.layout.count)
    // Without it, other logits.
    let plain = network.prefill([[7, 31, 5, 22, 40, 9, 3]], after: nil).logits.values
    let adapted = module.applied(to: network, parameters: parameters)
      .prefill([[7, 31, 5, 22, 40, 9, 3]], after: nil).logits.values
    #expect(largestDifference(plain, adapted) > 1e-3 * (plain.map(abs).max() ?? 0))
  }

  @Test(arguments: names)
  func whatIsWrittenIsReadAgainAndSaysWhatPEFTSaid(name: String) throws {
    let network = try network(name)
    let (module, parameters) = try Adapter.read(folder(name), for: network)
    let temporary = try TemporaryFolder()
    try module.saveAdapter(parameters, folder: temporary.path, base: name, for: network)
    let (again, read) = try Adapter.read(temporary.path, for: network)
    #expect(read == parameters && again.facts == module.facts)
    #expect(try difference(temporary.path, name) < 1e-4)
    let (found, expected) = (try fields(temporary.path), try fields(folder(name)))
    // PEFT's own number of layers gives two layers of a T5 the same rows; names may be shorter; and
    // what rank-stabilized scaling divides by is part of alpha.
    let free: Set = ["num_layers", "target_modules", "lora_alpha", "num_transformer_submodules"]
    for (key, value) in found where !free.contains("\(key)") {
      #expect(expected[key] as? NSObject == value as? NSObject, "\(key)")
    }
    // For a check by PEFT itself, see the script.
    if let place = ProcessInfo.processInfo.environment["FIRN_TEST_ADAPTERS"] {
      try module.saveAdapter(parameters, folder: "\(place)/\(name)", base: name, for: network)
    }
  }

  private func fields(_ folder: String) throws -> NSDictionary {
    let data = try Data(contentsOf: URL(filePath: folder + "/adapter_config.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
  }

  /// The error of an adapter whose configuration says something else.
  private func error(_ name: String, _ old: String, _ new: String) throws -> CheckpointError {
    let temporary = try TemporaryFolder()
    let config = try String(
      contentsOfFile: folder(name) + "/adapter_config.json", encoding: .utf8)
    #expect(config.contains(old))
    _ = try temporary.write("adapter_config.json", config.replacing(old, with: new))
    let weights = try Data(
      contentsOf: URL(filePath: folder(name) + "/adapter_model.safetensors"))
    _ = try temporary.write("adapter_model.safetensors", [UInt8](weights))
    let network = try network(name)
    return try #require(throws: CheckpointError.self) {
      try Adapter.read(temporary.path, for: network)
    }
  }

  @Test func anAdapterOfAnotherKindOrShapeIsRefused() throws {
    let kind = try error("llama", "PROMPT_TUNING", "IA3")
    #expect(kind.expected == "peft_type: PROMPT_TUNING, PREFIX_TUNING or LORA")
    let shape = try error("llama", "\"num_virtual_tokens\": 3", "\"num_virtual_tokens\": 4")
    #expect((shape.expected, shape.found) == ("shape [4, 32]", "[3, 32]"))
    let twice = try error(
      "llama", "\"num_transformer_submodules\": 1", "\"num_transformer_submodules\": 2")
    #expect(twice.expected == "num_transformer_submodules: 1")
    let heads = try error(
      "qwen3+prefix", "\"num_attention_heads\": 2", "\"num_attention_heads\": 4")
    #expect(heads.expected == "num_attention_heads: the network's 2")
    let rank = try error("llama+lora", "\"r\": 4", "\"r\": 2")
    #expect(rank.expected.hasPrefix("shape [2, "))
    let other = try error("llama+lora", "\"use_dora\": false", "\"use_dora\": true")
    #expect(other.expected == "use_dora: false")
    let network = try network("gpt2")
    let stray = #expect(throws: CheckpointError.self) {
      try Adapter.read(folder("llama+lora"), for: network)
    }
    #expect(stray?.tensor?.contains("q_proj") == true || stray?.tensor?.contains("down") == true)
  }

  @Test func whatPEFTHasNoPlaceForIsNotWritten() throws {
    let (decoder, t5) = (try network("llama"), try network("tiny-t5"))
    let folder = try TemporaryFolder().path
    let uneven = SoftPrompt(length: 2, decoderLength: 1, width: 16)
    #expect(throws: CheckpointError.self) {
      try uneven.saveAdapter(
        [Float](repeating: 0, count: 48), folder: folder, base: "", for: decoder)
    }
    let everywhere = PrefixTuning(length: 1, network: t5)
    #expect(throws: CheckpointError.self) {
      try everywhere.saveAdapter(
        [Float](repeating: 0, count: everywhere.layout.count), folder: folder, base: "", for: t5)
    }
  }
}
