import Testing

@testable import Models

struct DecoderLoadingTests {
  private func failure(_ fixture: DecoderFixture) throws -> CheckpointError {
    try #require(throws: CheckpointError.self) { try Decoders.load(folder: fixture.path) }
  }

  @Test func anUnknownArchitectureIsNamedBesideTheKnownOnes() throws {
    let fixture = try DecoderFixture("llama")
    try fixture.configure("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"")
    let error = try failure(fixture)
    #expect(error.file == fixture.path + "/config.json")
    #expect(error.found == "\"mamba\"")
    #expect(error.expected.contains("gpt2, llama, mistral, opt, qwen2, qwen3"))
  }

  @Test func aMissingTensorIsNamed() throws {
    let fixture = try DecoderFixture("llama")
    try fixture.rewrite { $0.name.contains("1.mlp.up_proj") ? nil : $0 }
    #expect(try failure(fixture).tensor == "layers.1.mlp.up_proj.weight")
  }

  @Test func aTensorOfAnotherShapeIsNamedWithBothShapes() throws {
    let fixture = try DecoderFixture("llama")
    try fixture.configure("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 4")
    let error = try failure(fixture)
    #expect(error.tensor?.hasSuffix("self_attn.k_proj.weight") == true)
    #expect((error.expected, error.found) == ("shape [32, 32]", "[16, 32]"))
  }

  /// Qwen2's biases in a file that calls itself a Llama would be left out without a word.
  @Test func aTensorThatTheNetworkHasNoUseForIsNamed() throws {
    let fixture = try DecoderFixture("qwen2")
    try fixture.configure("\"model_type\": \"qwen2\"", "\"model_type\": \"llama\"")
    let error = try failure(fixture)
    #expect(error.tensor == "model.layers.0.self_attn.k_proj.bias")
    #expect(error.found == "6")
  }

  @Test func aNumberThatIsNoneIsRefused() throws {
    let fixture = try DecoderFixture("gpt2")
    try fixture.rewrite { tensor in
      guard tensor.name.hasSuffix("h.1.mlp.c_fc.weight") else { return tensor }
      var values = tensor.values
      values[3] = .nan
      return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
    }
    let error = try failure(fixture)
    #expect(error.tensor == "transformer.h.1.mlp.c_fc.weight")
    #expect(error.found == "nan at index 3")
  }

  @Test(arguments: [
    ("\"rope_type\": \"linear\"", "\"rope_type\": \"longrope\"", "rope_type"),
    ("\"rope_type\": \"linear\"", "\"rope_type\": \"llama3\"", "low_freq_factor"),
    ("\"factor\": 4.0", "\"factors\": 4.0", "factor"),
    ("\"factor\": 4.0", "\"factor\": -4.0", "factor"),
    ("\"hidden_act\": \"silu\"", "\"hidden_act\": \"mish\"", "hidden_act"),
    ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "num_key_value_heads"),
    ("\"head_dim\": 8", "\"head_dim\": 7", "head_dim"),
    ("\"hidden_size\": 32", "\"hidden_size\": \"32\"", "hidden_size"),
    ("\"attention_bias\": false", "\"attention_bias\": 0", "attention_bias"),
    ("\"factor\": 4.0", "\"factor\": 4.0, \"partial_rotary_factor\": 0.5", "partial_rotary_factor"),
  ])
  func aConfigurationThatCannotBeIsRefusedByItsKey(old: String, new: String, key: String) throws {
    let fixture = try DecoderFixture("llama+linear")
    try fixture.configure(old, new)
    #expect(try failure(fixture).expected.hasPrefix("\(key): "))
  }

  @Test(arguments: [
    ("opt", "model.decoder.", "decoder.", ["decoder.version"]),
    ("gpt2", "transformer.", "", ["h.0.attn.bias", "h.0.attn.masked_bias"]),
    ("llama", "model.", "", ["layers.0.self_attn.rotary_emb.inv_freq"]),
  ])
  func namesWithoutPrefixAndOldBuffersAreKnown(
    name: String, prefix: String, shorter: String, buffers: [String]
  ) throws {
    let fixture = try DecoderFixture(name)
    try fixture.rewrite(
      adding: buffers.map { NamedTensor(name: $0, shape: [1], values: [.infinity]) }
    ) { tensor in
      let isPrefixed = tensor.name.hasPrefix(prefix)
      let name = isPrefixed ? shorter + tensor.name.dropFirst(prefix.count) : tensor.name
      return NamedTensor(name: name, shape: tensor.shape, values: tensor.values)
    }
    #expect(try Decoders.load(folder: fixture.path).vocabularySize == 56)
  }

  @Test func aStoredHeadIsUsedWhateverTheConfigurationSays() throws {
    let fixture = try DecoderFixture("llama")
    try fixture.configure("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true")
    let record = try DecoderFixture.records("llama")[0]
    let logits = try Decoders.load(folder: fixture.path).prefill([record.ids], after: nil).logits
    #expect(largestDifference(logits.values, record.logits.last ?? []) < 1e-3)
  }

  @Test func theContextIsWhatTheModelWasMadeFor() throws {
    let lengths = ["opt": 64, "gpt2": 64, "llama": 64, "llama+dynamic": 64, "llama+yarn": 64]
    for (name, length) in lengths {
      let fixture = try DecoderFixture(name)
      #expect(try Decoders.load(folder: fixture.path).maxPositions == length, "\(name)")
    }
  }

  @Test func aSummarySaysWhatTheFolderHolds() throws {
    func summary(_ folder: String) throws -> ModelSummary {
      try ModelSummary(
        ModelConfiguration(path: folder + "/config.json"), WeightFiles(folder: folder))
    }
    let opt = try summary(Fixtures.path("Decoders/opt"))
    #expect((opt.type, opt.numbers, opt.maxTokens) == ("opt", "float16", 64))
    #expect((opt.layers, opt.width, opt.heads, opt.hidden) == (2, 32, 4, 40))
    let gpt2 = try summary(Fixtures.path("Decoders/gpt2"))
    #expect((gpt2.hidden, gpt2.numbers) == (128, "float32"))
    // Two layers of 12 × 32² weights and 13 × 32 biases and gains, the embeddings, the last norm.
    #expect(gpt2.parameters == 2 * (12 * 1024 + 13 * 32) + (56 + 64) * 32 + 64)
    #expect(try summary(Fixtures.path("Decoders/qwen3")).numbers == "bfloat16")
  }
}
