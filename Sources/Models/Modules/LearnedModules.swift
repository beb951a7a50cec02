/// The kinds of modules that frozen generative networks can have.
package enum LearnedModules {
  package static let kinds = [
    SoftPrompt.kind, PrefixTuning.kind, LowRankAdaptation.kind, InputDependentPrompt.kind,
  ]

  /// The module of a file, and its numbers.
  ///
  /// - Parameter tokenizer: the network's.
  /// - Throws: `CheckpointError` when it is of another kind or does not fit the network;
  ///   `MissingModelError` when it needs another model that is not there.
  package static func read(
    _ module: ModuleFile, path: String, for network: any TunableNetwork,
    tokenizer: any Tokenizer
  ) throws -> (module: any LearnedModule, parameters: [Float]) {
    for tensor in module.tensors {
      if let value = tensor.values.first(where: { !$0.isFinite }) {
        throw CheckpointError(
          file: path, tensor: tensor.name, expected: "finite numbers", found: "\(value)")
      }
    }
    switch module.kind {
    case SoftPrompt.kind: return try SoftPrompt.read(module, path: path, for: network)
    case PrefixTuning.kind: return try PrefixTuning.read(module, path: path, for: network)
    case LowRankAdaptation.kind:
      return try LowRankAdaptation.read(module, path: path, for: network)
    case InputDependentPrompt.kind:
      return try InputDependentPrompt.read(
        module, path: path, for: network, tokenizer: tokenizer)
    default:
      throw CheckpointError(
        file: path, expected: "a module of kind \(kinds.joined(separator: ", "))",
        found: module.kind)
    }
  }
}
