import Foundation

/// Something small that was learned on top of a frozen model, and where it came from.
///
/// One safetensors file; its `__metadata__` says what the fields below say.
package struct ModuleFile: Equatable, Sendable {
  /// What it is: "reader", "reranker", "soft prompt" and so on.
  package var kind: String
  /// The frozen model's name, for people.
  package var baseModel: String
  /// The SHA-256 of the frozen model's weights, in hexadecimal; this decides.
  package var baseSHA256: String
  /// The rank of LoRA matrices, where there are any.
  package var rank: Int?
  /// The length of a prompt or prefix in tokens, where there is one.
  package var promptLength: Int?
  package var trainingData: String
  package var seed: UInt64
  /// Optimizer steps.
  package var steps: Int
  package var toolVersion: String
  /// The measure on the development set, with its name: "EM 64.1".
  package var devScore: String
  /// The command that made it.
  package var command: String
  /// Settings of this kind of module, such as thresholds.
  package var settings: [String: String]
  package var tensors: [NamedTensor]

  package init(
    kind: String, baseModel: String, baseSHA256: String, rank: Int? = nil,
    promptLength: Int? = nil, trainingData: String, seed: UInt64, steps: Int, toolVersion: String,
    devScore: String, command: String, settings: [String: String] = [:], tensors: [NamedTensor]
  ) {
    self.kind = kind
    self.baseModel = baseModel
    self.baseSHA256 = baseSHA256
    self.rank = rank
    self.promptLength = promptLength
    self.trainingData = trainingData
    self.seed = seed
    self.steps = steps
    self.toolVersion = toolVersion
    self.devScore = devScore
    self.command = command
    self.settings = settings
    self.tensors = tensors
  }

  /// Reads a module for the model whose weights have this checksum.
  /// - Throws: `CheckpointError` when the file is no module or was learned on another model.
  package init(path: String, expectedBaseSHA256: String) throws {
    try self.init(path: path)
    guard baseSHA256 == expectedBaseSHA256 else {
      throw CheckpointError(
        file: path, expected: "a module for weights \(expectedBaseSHA256.prefix(12))...",
        found: "one for \(baseModel), \(baseSHA256.prefix(12))...",
        hint: "a module works on the model it was learned on only")
    }
  }

  /// Reads a module whatever its model is, to show what it says of itself.
  package init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    var rest = file.metadata
    func text(_ key: String) throws(CheckpointError) -> String {
      if let text = rest.removeValue(forKey: key) { return text }
      throw CheckpointError(
        file: path, expected: "\(key) in the metadata", found: "none", hint: "not a Firn module")
    }
    func number<Value: LosslessStringConvertible>(_ key: String) throws(CheckpointError) -> Value {
      let text = try text(key)
      if let value = Value(text) { return value }
      throw CheckpointError(file: path, expected: "\(key): a whole number", found: text)
    }
    kind = try text("kind")
    baseModel = try text("base_model")
    baseSHA256 = try text("base_sha256")
    rank = rest["rank"] == nil ? nil : try number("rank")
    promptLength = rest["prompt_length"] == nil ? nil : try number("prompt_length")
    trainingData = try text("training_data")
    seed = try number("seed")
    steps = try number("steps")
    toolVersion = try text("tool_version")
    devScore = try text("dev_score")
    command = try text("command")
    settings = rest
    tensors = try file.names.map { name in
      NamedTensor(name: name, shape: file.shape(of: name) ?? [], values: try file.floats(name))
    }
  }

  /// Writes the module, its numbers as float16; the same content gives the same bytes.
  /// - Throws: `FileError` when it cannot be written.
  package func save(path: String) throws {
    var metadata = settings
    metadata["kind"] = kind
    metadata["base_model"] = baseModel
    metadata["base_sha256"] = baseSHA256
    metadata["rank"] = rank.map(String.init)
    metadata["prompt_length"] = promptLength.map(String.init)
    metadata["training_data"] = trainingData
    metadata["seed"] = String(seed)
    metadata["steps"] = String(steps)
    metadata["tool_version"] = toolVersion
    metadata["dev_score"] = devScore
    metadata["command"] = command
    try SafetensorsFile.write(
      path: path, tensors: tensors.sorted { $0.name < $1.name }, metadata: metadata,
      format: .float16)
  }

  /// A tensor by name.
  /// - Throws: `CheckpointError` when it is missing or has another shape.
  package func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw CheckpointError(
        file: "module \(kind)", tensor: name, expected: "that tensor", found: "none")
    }
    guard tensor.shape == shape else {
      throw CheckpointError(
        file: "module \(kind)", tensor: name, expected: "shape \(shape)", found: "\(tensor.shape)")
    }
    return tensor.values
  }
}
