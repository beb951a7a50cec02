import Foundation
import Native
import Tensors

/// Soft prompts in the layout of the PEFT library: a folder of `adapter_config.json` and
/// `adapter_model.safetensors`, whose one tensor `prompt_embeddings` is `[vectors, width]`.
///
/// An encoder-decoder's tensor may be twice as long, but the library reads its first half alone: it
/// has no place for vectors before what the decoder writes.
/// - Source: github.com/huggingface/peft, prompt tuning's configuration and model, version 0.21.
extension PromptRows {
  private static let tensor = "prompt_embeddings"

  /// Reads an adapter for a network.
  ///
  /// - Throws: `CheckpointError` when the folder holds another kind of adapter, or one for another
  ///   network's shape; `FileError` when a file cannot be opened.
  package init(adapter folder: String, for network: any TunableNetwork) throws {
    let configuration = try ModelConfiguration(path: folder + "/adapter_config.json")
    guard configuration.given("peft_type")?.string == "PROMPT_TUNING" else {
      throw configuration.wrong("peft_type", "PROMPT_TUNING")
    }
    let length = try configuration.size("num_virtual_tokens")
    let submodules = try configuration.size(
      "num_transformer_submodules", default: network.hasDecoderPrompt ? 2 : 1)
    guard submodules == 1 || submodules == 2 && network.hasDecoderPrompt else {
      throw configuration.wrong(
        "num_transformer_submodules", network.hasDecoderPrompt ? "1 or 2" : "1")
    }
    let file = try SafetensorsFile(path: folder + "/adapter_model.safetensors")
    let shape = [length * submodules, network.tokens.width]
    guard file.names.contains(Self.tensor), file.shape(of: Self.tensor) == shape else {
      throw CheckpointError(
        file: file.path, tensor: Self.tensor, expected: "shape \(shape)",
        found: file.shape(of: Self.tensor).map { "\($0)" } ?? "none")
    }
    let all = Tensor(rows: shape[0], width: shape[1], values: try file.floats(Self.tensor))
    self.init(input: all.rows(0..<length))
  }

  /// Writes an adapter that PEFT loads on the same network.
  ///
  /// - Parameter base: the network's name, as the adapter tells it.
  /// - Throws: `CheckpointError` when PEFT has no place for these vectors, `FileError` when a file
  ///   cannot be written.
  package func saveAdapter(folder: String, base: String, for network: any TunableNetwork) throws {
    guard input.rows > 0 && decoder.rows == 0 else {
      throw CheckpointError(
        file: folder, expected: "vectors before the input, and none before what a decoder writes",
        found: "\(input.rows) and \(decoder.rows)", hint: "PEFT has no other prompts")
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try SafetensorsFile.write(
      path: folder + "/adapter_model.safetensors",
      tensors: [
        NamedTensor(name: Self.tensor, shape: [input.rows, input.width], values: input.values)
      ],
      metadata: ["format": "pt"])
    let task = network.hasDecoderPrompt ? "SEQ_2_SEQ_LM" : "CAUSAL_LM"
    let configuration = """
      {
        "peft_type": "PROMPT_TUNING",
        "task_type": "\(task)",
        "base_model_name_or_path": \(JSON.literal(base)),
        "inference_mode": true,
        "num_virtual_tokens": \(input.rows),
        "token_dim": \(input.width),
        "num_transformer_submodules": 1,
        "prompt_tuning_init": "RANDOM"
      }

      """
    try replaceFile(at: folder + "/adapter_config.json") { try $0.write(Array(configuration.utf8)) }
  }
}
