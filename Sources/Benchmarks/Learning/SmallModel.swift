import Foundation
import Models
import Tensors

/// The small networks that the comparison is made on.
enum SmallModel: String, CaseIterable, Codable {
  case t5, llama

  var title: String { self == .t5 ? "T5" : "Llama" }

  private static let width = 64
  private static let heads = 4
  private static let vocabulary = SyntheticVocabulary.words.count
  private static let buckets = 16

  private var hidden: Int { self == .t5 ? 256 : 192 }
  private var layers: Int { self == .t5 ? 3 : 4 }

  /// Writes a folder with the network's shape and random weights.
  func write(folder: String, seed: UInt64) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try writeConfiguration(folder: folder)
    var random = SplitMix64(seed: seed)
    let tensors = weights.map { weight in
      NamedTensor(
        name: weight.name, shape: weight.shape,
        values: (0..<weight.shape.reduce(1, *)).map { _ in
          weight.mean + random.normal(deviation: weight.deviation)
        })
    }
    try SafetensorsFile.write(path: folder + "/model.safetensors", tensors: tensors)
  }

  func writeConfiguration(folder: String) throws {
    try Data(configuration.utf8).write(to: URL(filePath: folder + "/config.json"))
  }

  private var configuration: String {
    switch self {
    case .t5:
      """
      {"model_type": "t5", "d_model": \(Self.width), "d_kv": \(Self.width / Self.heads),
       "num_heads": \(Self.heads), "d_ff": \(hidden), "num_layers": \(layers),
       "relative_attention_num_buckets": \(Self.buckets), "relative_attention_max_distance": 32,
       "feed_forward_proj": "relu", "tie_word_embeddings": false,
       "vocab_size": \(Self.vocabulary), "decoder_start_token_id": \(SyntheticVocabulary.start),
       "eos_token_id": \(SyntheticVocabulary.end)}
      """
    case .llama:
      """
      {"model_type": "llama", "hidden_size": \(Self.width), "intermediate_size": \(hidden),
       "num_hidden_layers": \(layers), "num_attention_heads": \(Self.heads),
       "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
       "vocab_size": \(Self.vocabulary), "eos_token_id": \(SyntheticVocabulary.end)}
      """
    }
  }

  // MARK: Random weights

  private struct Weight {
    let name: String
    let shape: [Int]
    var deviation: Float
    var mean: Float = 0
  }

  private var weights: [Weight] { self == .t5 ? t5Weights : llamaWeights }

  /// Deviations of 1/√inputs, and smaller queries instead of scores that are divided by √headWidth.
  private var t5Weights: [Weight] {
    let width = Self.width
    let headWidth = Float(width / Self.heads)
    func attention(_ name: String) -> [Weight] {
      [
        map("\(name).q", width, width, scale: 1 / headWidth.squareRoot()),
        map("\(name).k", width, width), map("\(name).v", width, width),
        map("\(name).o", width, width),
      ]
    }
    return ["encoder", "decoder"].flatMap { stack in
      (0..<layers).flatMap { layer -> [Weight] in
        let name = "\(stack).block.\(layer).layer"
        let kinds = stack == "encoder" ? ["SelfAttention"] : ["SelfAttention", "EncDecAttention"]
        let dense = "\(name).\(kinds.count)"
        return kinds.enumerated().flatMap { attention("\(name).\($0).\($1)") }
          + [
            map("\(dense).DenseReluDense.wi", hidden, width),
            map("\(dense).DenseReluDense.wo", width, hidden),
          ] + (0...kinds.count).map { norm("\(name).\($0).layer_norm") }
      } + [
        norm("\(stack).final_layer_norm"),
        Weight(
          name: "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight",
          shape: [Self.buckets, Self.heads], deviation: 0.1),
      ]
    } + [table("shared.weight"), map("lm_head", Self.vocabulary, width)]
  }

  private var llamaWeights: [Weight] {
    let width = Self.width
    // What 2 · layers parts add to the states has the size of one.
    let outward = 1 / Float(2 * layers).squareRoot()
    return (0..<layers).flatMap { layer -> [Weight] in
      let name = "model.layers.\(layer)"
      return ["q", "k", "v"].map { map("\(name).self_attn.\($0)_proj", width, width) } + [
        map("\(name).self_attn.o_proj", width, width, scale: outward),
        map("\(name).mlp.gate_proj", hidden, width), map("\(name).mlp.up_proj", hidden, width),
        map("\(name).mlp.down_proj", width, hidden, scale: outward),
        norm("\(name).input_layernorm"), norm("\(name).post_attention_layernorm"),
      ]
    } + [
      norm("model.norm"), table("model.embed_tokens.weight"),
      map("lm_head", Self.vocabulary, width),
    ]
  }

  private func map(_ name: String, _ outputs: Int, _ inputs: Int, scale: Float = 1) -> Weight {
    Weight(
      name: "\(name).weight", shape: [outputs, inputs],
      deviation: scale / Float(inputs).squareRoot())
  }

  private func norm(_ name: String) -> Weight {
    Weight(name: "\(name).weight", shape: [Self.width], deviation: 0, mean: 1)
  }

  private func table(_ name: String) -> Weight {
    Weight(name: name, shape: [Self.vocabulary, Self.width], deviation: 1)
  }
}
