import Testing

@testable import Models

struct ModuleFileTests {
  private let module = ModuleFile(
    kind: "reader", baseModel: "minilm", baseSHA256: String(repeating: "a", count: 64), rank: 32,
    trainingData: "squad-train-part, newwiki", seed: .max, steps: 1200, toolVersion: "0.1",
    devScore: "EM 64.1", command: "firn tune reader --seed 7", settings: ["threshold": "0.25"],
    tensors: [
      NamedTensor(name: "head.bias", shape: [2], values: [0.5, -0.5]),
      NamedTensor(name: "head.weight", shape: [2, 1], values: [1, 2]),
    ])

  @Test func aModuleIsReadBackAsItWasSaved() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/reader.safetensors"
    try module.save(path: path)
    let read = try ModuleFile(path: path, expectedBaseSHA256: module.baseSHA256)
    #expect(read == module)
    #expect(try read.tensor("head.weight", shape: [2, 1]) == [1, 2])
    #expect(throws: CheckpointError.self) { try read.tensor("head.weight", shape: [1, 2]) }
    #expect(throws: CheckpointError.self) { try read.tensor("other", shape: [1]) }
  }

  @Test func anAverageIsTheMeanOfEveryTensor() throws {
    var other = module
    other.tensors = [
      NamedTensor(name: "head.bias", shape: [2], values: [1.5, 0.5]),
      NamedTensor(name: "head.weight", shape: [2, 1], values: [3, -2]),
    ]
    let mean = try ModuleFile.average([("a", module), ("b", other), ("c", other)])
    #expect(mean.tensors.map(\.name) == ["head.bias", "head.weight"])
    let expected: [[Float]] = [[3.5 / 3, 0.5 / 3], [7.0 / 3, -2.0 / 3]]
    for (tensor, values) in zip(mean.tensors, expected) {
      #expect(zip(tensor.values, values).allSatisfy { abs($0 - $1) < 1e-6 })
    }
    #expect(mean.settings == module.settings)
  }

  @Test func modulesThatDifferInKindRankBaseOrTensorsAreNotAveraged() {
    var others = [ModuleFile](repeating: module, count: 5)
    others[0].kind = "reranker"
    others[1].rank = 16
    others[2].baseSHA256 = String(repeating: "b", count: 64)
    others[3].tensors.removeLast()
    others[4].tensors[0] = NamedTensor(name: "head.bias", shape: [1], values: [1])
    for other in others {
      #expect(throws: CheckpointError.self) {
        try ModuleFile.average([("a", module), ("b", other)])
      }
    }
  }

  @Test func aModuleOfAnotherBaseModelIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/reader.safetensors"
    try module.save(path: path)
    let other = String(repeating: "b", count: 64)
    let error = try #require(throws: CheckpointError.self) {
      try ModuleFile(path: path, expectedBaseSHA256: other)
    }
    #expect(error.found.contains("minilm"))
    #expect(error.expected.contains("bbbbbbbbbbbb"))
  }

  @Test func weightsWithoutAModulesMetadataAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.safetensors"
    try SafetensorsFile.write(path: path, tensors: [], metadata: ["format": "pt"])
    let error = try #require(throws: CheckpointError.self) { try ModuleFile(path: path) }
    #expect(error.expected.contains("kind"))
  }

  @Test func aNumberThatIsNoneIsRefused() throws {
    let folder = try TemporaryFolder()
    var metadata = ["kind": "reader", "base_model": "m", "base_sha256": "a", "training_data": "d"]
    metadata["seed"] = "seven"
    let path = folder.path + "/x.safetensors"
    try SafetensorsFile.write(path: path, tensors: [], metadata: metadata)
    let error = try #require(throws: CheckpointError.self) { try ModuleFile(path: path) }
    #expect(error.found == "seven")
  }
}
