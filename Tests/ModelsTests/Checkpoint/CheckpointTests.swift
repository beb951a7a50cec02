import Foundation
import Testing

@testable import Models

struct CheckpointTests {
  private static let configuration = """
    {"model_type": "bert", "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
     "intermediate_size": 8, "vocab_size": 10, "max_position_embeddings": 6,
     "layer_norm_eps": 1e-5, "architectures": ["BertModel"]}
    """

  /// A folder with that configuration and one file of weights.
  private func folder(_ tensors: [NamedTensor]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", Self.configuration)
    try SafetensorsFile.write(path: folder.path + "/model.safetensors", tensors: tensors)
    return folder
  }

  @Test func theRealModelOpens() throws {
    let checkpoint = try Checkpoint(folder: Fixtures.minilm)
    #expect(checkpoint.configuration.hiddenSize == 384)
    #expect(checkpoint.configuration.layerCount == 6)
    #expect(checkpoint.configuration.layerNormEpsilon == 1e-12)
    let name = "embeddings.word_embeddings.weight"
    let words = try checkpoint.tensor(name, shape: [30522, 384])
    // The padding token's first weights, as Python's safetensors reads them.
    #expect(words.prefix(2) == [-0.019989013671875, -0.0034027099609375])
    #expect(throws: CheckpointError.self) { try checkpoint.tensor(name, shape: [384, 30522]) }
  }

  @Test func theConfigurationIsReadWithItsDefaults() throws {
    let folder = try folder([])
    let configuration = try Checkpoint(folder: folder.path).configuration
    #expect(configuration.segmentCount == 2)
    #expect(configuration.activation == "gelu")
    #expect(configuration.layerNormEpsilon == 1e-5)
  }

  @Test(arguments: [
    "{}", "[]", "{\"hidden_size\": -4}", "{\"hidden_size\": \"4\"}", "{\"hidden_size\": 1e30}",
  ])
  func aConfigurationWithoutItsSizesIsRefused(text: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", text)
    let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
    #expect(error.expected.contains("hidden_size"))
  }

  @Test func headsMustDivideTheWidth() throws {
    let folder = try TemporaryFolder()
    let text = Self.configuration.replacing("heads\": 2", with: "heads\": 3")
    let path = try folder.write("config.json", text)
    #expect(throws: CheckpointError.self) { try BERTConfiguration(path: path) }
  }

  @Test(arguments: [
    "bert.encoder.LayerNorm.gamma", "encoder.LayerNorm.weight", "bert.encoder.LayerNorm.weight",
    "question_encoder.bert_model.encoder.LayerNorm.weight",
  ])
  func aTensorIsFoundUnderOldNamesAndPrefixes(stored: String) throws {
    let folder = try folder([NamedTensor(name: stored, shape: [2], values: [1, 2])])
    let checkpoint = try Checkpoint(folder: folder.path)
    #expect(try checkpoint.tensor("encoder.LayerNorm.weight", shape: [2]) == [1, 2])
    #expect(checkpoint.shape(of: "encoder.LayerNorm.weight") == [2])
    #expect(!checkpoint.contains("encoder.LayerNorm.bias"))
  }

  @Test func shardsAreReadThroughTheirIndex() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", Self.configuration)
    _ = try folder.write(
      "model.safetensors.index.json",
      #"{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}"#)
    for (name, file) in [("a", "1"), ("b", "2")] {
      let tensor = NamedTensor(name: name, shape: [1], values: [file == "1" ? 1 : 2])
      try SafetensorsFile.write(path: "\(folder.path)/\(file).safetensors", tensors: [tensor])
    }
    let checkpoint = try Checkpoint(folder: folder.path)
    #expect(checkpoint.names == ["a", "b"])
    #expect(try checkpoint.tensor("b", shape: [1]) == [2])
  }

  @Test func shardsThatPyTorchSavedAreReadThroughTheirIndex() throws {
    let folder = try TemporaryFolder()
    let copy = folder.path + "/copy"
    try FileManager.default.copyItem(
      atPath: Fixtures.path("Checkpoints/shards"), toPath: copy)
    _ = try folder.write("copy/config.json", Self.configuration)
    let checkpoint = try Checkpoint(folder: copy)
    #expect(checkpoint.weightFiles.count == 2)
    #expect(try checkpoint.tensor("b", shape: [2]) == [2, 3])
    let shard = copy + "/pytorch_model-00002-of-00002.bin"
    try FileManager.default.removeItem(atPath: shard)
    let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: copy) }
    #expect(error.file == shard)
    #expect(error.kind == .missing)
  }

  @Test func safetensorsArePreferred() throws {
    let folder = try folder([NamedTensor(name: "a", shape: [1], values: [1])])
    _ = try folder.write("pytorch_model.bin", "not read")
    #expect(try Checkpoint(folder: folder.path).names == ["a"])
  }

  @Test func aShardWithoutATensorOfItsIndexIsRefusedByName() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", Self.configuration)
    _ = try folder.write(
      "model.safetensors.index.json",
      #"{"weight_map": {"a": "1.safetensors", "b": "1.safetensors"}}"#)
    let tensor = NamedTensor(name: "a", shape: [1], values: [1])
    try SafetensorsFile.write(path: "\(folder.path)/1.safetensors", tensors: [tensor])
    let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
    #expect(error.tensor == "b")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aNumberThatIsNoneIsRefusedByItsPlace(number: Float) throws {
    let folder = try folder([NamedTensor(name: "a", shape: [2, 2], values: [1, 2, number, 4])])
    let checkpoint = try Checkpoint(folder: folder.path)
    for read in [checkpoint.tensor, { try checkpoint.table($0, shape: $1).copy() }] {
      let error = try #require(throws: CheckpointError.self) { try read("a", [2, 2]) }
      #expect(error.tensor == "a")
      #expect(error.found == "\(number) at index 2")
    }
  }

  @Test func hugeFiniteNumbersAreRead() throws {
    let folder = try folder([NamedTensor(name: "a", shape: [2], values: [3e38, -3e38])])
    #expect(try Checkpoint(folder: folder.path).tensor("a", shape: [2]) == [3e38, -3e38])
  }

  @Test func aTensorOfAnotherShapeIsRefusedWithBoth() throws {
    let folder = try folder([NamedTensor(name: "bert.a", shape: [2, 1], values: [1, 2])])
    let checkpoint = try Checkpoint(folder: folder.path)
    let error = try #require(throws: CheckpointError.self) {
      try checkpoint.tensor("a", shape: [1, 2])
    }
    #expect(error.tensor == "bert.a")
    #expect((error.expected, error.found) == ("shape [1, 2]", "[2, 1]"))
  }

  @Test func aShardOutsideTheFolderIsRefused() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", Self.configuration)
    _ = try folder.write("model.safetensors.index.json", #"{"weight_map": {"a": "../x"}}"#)
    #expect(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
  }

  @Test func aFolderWithoutWeightsIsRefused() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", Self.configuration)
    let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
    #expect(error.file == folder.path)
    #expect(error.kind == .missing)
  }

  @Test func theChecksumIsKeptAndRenewedWhenTheWeightsChange() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("config.json", Self.configuration)
    // An empty header: 8 bytes of length 2, and "{}".
    let empty: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]
    _ = try folder.write("model.safetensors", empty)
    let first = try Checkpoint(folder: folder.path).weightsSHA256()
    #expect(first == "411a485216e432ece6b9af94fa32154cf79a2a56d4f81266baa50063f45092bd")
    let sidecar = try String(contentsOfFile: folder.path + "/weights.sha256", encoding: .utf8)
    #expect(sidecar.hasPrefix(first + "\n"))
    // A kept checksum is believed as long as size and time agree: no weight is read again.
    let other = String(repeating: "0", count: 64)
    _ = try folder.write("weights.sha256", sidecar.replacing(first, with: other))
    #expect(try Checkpoint(folder: folder.path).weightsSHA256() == other)
    _ = try folder.write("model.safetensors", [3] + empty.dropFirst() + [0x20])
    #expect(try Checkpoint(folder: folder.path).weightsSHA256() != other)
  }
}
