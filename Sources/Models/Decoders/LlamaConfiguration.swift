import Foundation
import Native
import Tensors

/// The shape of a Llama, Mistral, Qwen2 or Qwen3, as `config.json` states it.
struct LlamaConfiguration: Sendable {
  let width, hiddenSize, layerCount: Int
  let headCount, keyHeadCount, headWidth: Int
  /// Tokens that the model is made for, prompt and answer together.
  let contextLength: Int
  let epsilon: Float
  let activation: Activation
  let rotary: RotaryEmbedding
  /// Whether queries and keys are normalized head by head.
  let normalizesHeads: Bool
  /// Which maps have a bias: those of queries, keys and values; attention's output; feed-forward.
  let hasQueryBias, hasOutputBias, hasFeedForwardBias: Bool
  /// Keys that a query of each layer sees, its own included; nil is all.
  let windows: [Int?]

  init(_ file: ModelConfiguration) throws(CheckpointError) {
    let type = file.modelType
    width = try file.size("hidden_size")
    hiddenSize = try file.size("intermediate_size")
    layerCount = try file.size("num_hidden_layers")
    headCount = try file.size("num_attention_heads")
    keyHeadCount = try file.divisor("num_key_value_heads", of: headCount, default: headCount)
    let headWidth = try file.size("head_dim", default: type == "qwen3" ? 128 : width / headCount)
    guard headWidth % 2 == 0 else { throw file.wrong("head_dim", "an even number") }
    self.headWidth = headWidth
    epsilon = Float(try file.number("rms_norm_eps", default: 1e-6))
    activation = try file.activation("hidden_act", default: .silu)
    (rotary, contextLength) = try file.rotary(headWidth: headWidth)
    normalizesHeads = type == "qwen3"
    let bias = try file.flag("attention_bias", default: false)
    hasQueryBias = type == "qwen2" || bias
    hasOutputBias = type != "qwen2" && bias
    hasFeedForwardBias = try file.flag("mlp_bias", default: false)
    windows = try Self.windows(file, layers: layerCount)
  }

  func attention(layer: Int) -> CachedAttention {
    CachedAttention(
      .init(
        heads: headCount, keyHeads: keyHeadCount, headWidth: headWidth,
        scale: 1 / Float(headWidth).squareRoot(), causal: true, window: windows[layer]))
  }

  /// Mistral's windows hold for every layer, Qwen's for those that a list names, or from one on.
  private static func windows(
    _ file: ModelConfiguration, layers: Int
  ) throws(CheckpointError) -> [Int?] {
    let none = [Int?](repeating: nil, count: layers)
    switch file.modelType {
    case "mistral":
      // A file that says nothing means the first Mistral's window; null means none.
      if file.json["sliding_window"] == .null { return none }
      let window = try file.size("sliding_window", default: 4096)
      return none.map { _ in window }
    case "qwen2", "qwen3":
      guard try file.flag("use_sliding_window", default: false),
        file.json["sliding_window"] != .null
      else { return none }
      let window = try file.size("sliding_window", default: 4096)
      if let types = file.given("layer_types")?.elements {
        guard types.count == layers else { throw file.wrong("layer_types", "\(layers) names") }
        return types.map { $0.string == "sliding_attention" ? window : nil }
      }
      let full = file.given("max_window_layers")?.integer ?? 28
      return none.indices.map { $0 >= full ? window : nil }
    default: return none
    }
  }
}

extension ModelConfiguration {
  /// A size that must divide another.
  func divisor(
    _ key: String, of whole: Int, default fallback: Int? = nil
  ) throws(CheckpointError) -> Int {
    let size = try size(key, default: fallback)
    guard whole % size == 0 else { throw wrong(key, "a divisor of \(whole)") }
    return size
  }

  /// An activation by HuggingFace's name.
  func activation(
    _ key: String, default fallback: Activation
  ) throws(CheckpointError) -> Activation {
    guard let name = given(key) else { return fallback }
    switch name.string {
    case "relu": return .relu
    case "gelu": return .gelu
    case "gelu_new", "gelu_fast", "gelu_pytorch_tanh": return .geluTanh
    case "silu", "swish": return .silu
    default: throw wrong(key, "relu, gelu, gelu_new or silu", hint: "not supported")
    }
  }
}
