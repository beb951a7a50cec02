import Tensors

/// The decoder-only networks that run.
package enum Decoders {
  /// HuggingFace's names of the architectures.
  package static let modelTypes = ["gpt2", "llama", "mistral", "opt", "qwen2", "qwen3"]

  /// The frozen network of a model folder.
  ///
  /// - Throws: `CheckpointError` when the architecture is unknown, when a tensor is missing, has
  ///   another shape or is not finite, or when one is left over; `FileError` when a file cannot be
  ///   opened.
  package static func load(
    folder: String, _ precision: Precision = .float32
  ) throws -> any DecoderNetwork & TunableNetwork {
    let configuration = try ModelConfiguration(path: folder + "/config.json")
    switch configuration.modelType {
    case "opt": return try OPT(configuration, WeightFiles(folder: folder), precision)
    case "gpt2": return try GPT2(configuration, WeightFiles(folder: folder), precision)
    case "llama", "mistral", "qwen2", "qwen3":
      return try Llama(configuration, WeightFiles(folder: folder), precision)
    default:
      throw configuration.wrong(
        "model_type", "one of \(modelTypes.joined(separator: ", "))",
        hint: "this architecture is not supported")
    }
  }
}
