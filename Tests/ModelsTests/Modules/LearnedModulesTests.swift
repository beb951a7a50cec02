import Tensors
import Testing

@testable import Models

/// What module files hold of prefixes and LoRA, and what is refused.
struct LearnedModulesTests {
  private func file(
    _ module: any LearnedModule, _ parameters: [Float],
    _ change: (inout ModuleFile) -> Void = { _ in }
  ) -> ModuleFile {
    let facts = module.facts
    var file = ModuleFile(
      kind: type(of: module).kind, baseModel: "tiny", baseSHA256: "", rank: facts.rank,
      promptLength: facts.promptLength, trainingData: "", seed: 1, steps: 1, toolVersion: "",
      devScore: "", command: "", settings: facts.settings, tensors: module.tensors(parameters))
    change(&file)
    return file
  }

  private func read(
    _ file: ModuleFile, for network: any TunableNetwork
  ) throws -> (module: any LearnedModule, parameters: [Float]) {
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/opt"))
    return try LearnedModules.read(file, path: "m", for: network, tokenizer: tokenizer)
  }

  @Test func filesGiveModulesBack() throws {
    let network = try GradientGoldenTests.network("tiny-t5")
    let lora = try LowRankAdaptation(rank: 2, alpha: 3, targets: ["q", "wo"], network: network)
    let start = lora.initialParameters(seed: 1)
    let (again, found) = try read(file(lora, start), for: network)
    #expect(found == start && again.facts == lora.facts)
    // Folded, the rows are what the network of their own gave.
    let through = PrefixTuning(length: 2, kinds: [.decoder], hidden: 3, network: network)
    let parameters = through.initialParameters(.random, network, seed: 1)
    let (direct, rows) = try read(file(through, parameters), for: network)
    #expect(rows == through.folded(parameters) && direct.layout.count == rows.count)
  }

  @Test func learningAPrefixBeginsWithKeysAndValuesOfTokens() throws {
    let network = try GradientGoldenTests.network("llama")
    let prefix = PrefixTuning(length: 2, network: network)
    let parameters = prefix.initialParameters(.text([7, 9]), network, seed: 1)
    // A text behind such a prefix is read as behind the tokens themselves.
    let found = prefix.applied(to: network, parameters: parameters)
      .prefill([[5, 6]], after: nil).logits.values
    let expected = network.prefill([[7, 9, 5, 6]], after: nil).logits.values
    #expect(largestDifference(found, expected) < 1e-4 * (expected.map(abs).max() ?? 0))
    let random = prefix.initialParameters(.random, network, seed: 1)
    #expect(random.count == parameters.count && random != parameters)
  }

  @Test func targetsAreEndsOfNames() throws {
    let network = try GradientGoldenTests.network("llama")
    func count(_ targets: String...) throws -> Int {
      try LowRankAdaptation(rank: 1, alpha: 1, targets: targets, network: network).sites.count
    }
    #expect(try count("q", "v") == 4 && count("q_proj") == 2 && count("self_attn.q_proj") == 2)
    #expect(try count("layers.0.*") == 7 && count("all") == 14 && count("lm_head") == 1)
    let error = #expect(throws: CheckpointError.self) { try count("q", "c_attn") }
    #expect(error?.expected == "a linear map named c_attn")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let (llama, t5) = (
      try GradientGoldenTests.network("llama"), try GradientGoldenTests.network("tiny-t5")
    )
    let lora = try LowRankAdaptation(rank: 2, alpha: 3, targets: ["q"], network: t5)
    let start = lora.initialParameters(seed: 1)
    #expect(throws: CheckpointError.self) { try read(file(lora, start), for: llama) }
    let prefix = PrefixTuning(length: 2, network: llama)
    let rows = prefix.initialParameters(.random, llama, seed: 1)
    let changes: [(inout ModuleFile) -> Void] = [
      { $0.promptLength = nil }, { $0.promptLength = .max }, { $0.promptLength = 3 },
      { $0.tensors.removeLast() }, { $0.kind = LowRankAdaptation.kind },
      { $0.kind = InputDependentPrompt.kind },
      {
        $0.tensors[0] = NamedTensor(
          name: $0.tensors[0].name, shape: $0.tensors[0].shape,
          values: $0.tensors[0].values.map { _ in .infinity })
      },
    ]
    for change in changes {
      #expect(throws: CheckpointError.self) { try read(file(prefix, rows, change), for: llama) }
    }
  }
}
