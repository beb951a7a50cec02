import Native
import Tensors

/// Soft prompts as PEFT has them: one tensor `prompt_embeddings`, `[vectors, width]`.
///
/// An encoder-decoder's tensor may be twice as long, but the library reads its first half alone: it
/// has no place for vectors before what the decoder writes.
extension SoftPrompt {
  static func adapter(
    _ configuration: ModelConfiguration, _ file: SafetensorsFile, for network: any TunableNetwork
  ) throws -> (SoftPrompt, [Float]) {
    let length = try configuration.size("num_virtual_tokens")
    let submodules = try configuration.size(
      "num_transformer_submodules", default: network.hasEncoder ? 2 : 1)
    guard submodules == 1 || submodules == 2 && network.hasEncoder else {
      throw configuration.wrong("num_transformer_submodules", network.hasEncoder ? "1 or 2" : "1")
    }
    let width = network.tokens.width
    let all = try Adapter.tensor("prompt_embeddings", [length * submodules, width], in: file)
    return (SoftPrompt(length: length, width: width), Array(all.prefix(length * width)))
  }

  package func saveAdapter(
    _ parameters: [Float], folder: String, base: String, for network: any TunableNetwork
  ) throws {
    guard length > 0 && decoderLength == 0 else {
      throw CheckpointError(
        file: folder, expected: "vectors before the input, and none before what a decoder writes",
        found: "\(length) and \(decoderLength)", hint: "PEFT has no other prompts")
    }
    let width = network.tokens.width
    try Adapter.write(
      folder, type: "PROMPT_TUNING", base: base, for: network,
      [
        ("num_virtual_tokens", "\(length)"), ("token_dim", "\(width)"),
        ("num_transformer_submodules", "1"), ("prompt_tuning_init", "\"RANDOM\""),
      ],
      tensors: [
        NamedTensor(name: "prompt_embeddings", shape: [length, width], values: parameters)
      ])
  }
}
