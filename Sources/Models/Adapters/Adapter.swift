import Foundation
import Native
import Tensors

/// A learned module in the layout of the PEFT library: a folder of `adapter_config.json` and
/// `adapter_model.safetensors`.
///
/// - Source: github.com/huggingface/peft, version 0.21.
package enum Adapter {
  /// The module of a folder, for a network, and its numbers.
  ///
  /// - Throws: `CheckpointError` when the folder holds a kind of adapter that is not known here, or
  ///   one for another network's shape; `FileError` when a file cannot be opened.
  package static func read(
    _ folder: String, for network: any TunableNetwork
  ) throws -> (module: any LearnedModule, parameters: [Float]) {
    let configuration = try ModelConfiguration(path: folder + "/adapter_config.json")
    let file = try SafetensorsFile(path: folder + "/adapter_model.safetensors")
    switch configuration.given("peft_type")?.string {
    case "PROMPT_TUNING":
      return try SoftPrompt.adapter(configuration, file, for: network)
    case "PREFIX_TUNING":
      return try PrefixTuning.adapter(configuration, file, for: network)
    case "LORA": return try LowRankAdaptation.adapter(configuration, file, for: network)
    default: throw configuration.wrong("peft_type", "PROMPT_TUNING, PREFIX_TUNING or LORA")
    }
  }

  /// Writes a folder that PEFT loads on the same network.
  ///
  /// - Parameters:
  ///   - fields: what the configuration says of this kind of adapter, as JSON.
  ///   - base: the network's name, as the adapter tells it.
  static func write(
    _ folder: String, type: String, base: String, for network: any TunableNetwork,
    _ fields: [(key: String, value: String)], tensors: [NamedTensor]
  ) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try SafetensorsFile.write(
      path: folder + "/adapter_model.safetensors", tensors: tensors, metadata: ["format": "pt"])
    let task = network.hasEncoder ? "SEQ_2_SEQ_LM" : "CAUSAL_LM"
    let common = [
      ("peft_type", JSON.literal(type)), ("task_type", JSON.literal(task)),
      ("base_model_name_or_path", JSON.literal(base)), ("inference_mode", "true"),
    ]
    let lines = (common + fields).map { "  \"\($0)\": \($1)" }
    let text = "{\n\(lines.joined(separator: ",\n"))\n}\n"
    try replaceFile(at: folder + "/adapter_config.json") { try $0.write(Array(text.utf8)) }
  }

  /// A tensor of the only shape that is right.
  static func tensor(_ name: String, _ shape: [Int], in file: SafetensorsFile) throws -> [Float] {
    guard file.shape(of: name) == shape else {
      throw CheckpointError(
        file: file.path, tensor: name, expected: "shape \(shape)",
        found: file.shape(of: name).map { "\($0)" } ?? "none")
    }
    let values = try file.floats(name)
    if let value = values.first(where: { !$0.isFinite }) {
      throw CheckpointError(
        file: file.path, tensor: name, expected: "finite numbers", found: "\(value)")
    }
    return values
  }
}
