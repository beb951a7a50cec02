import Foundation
import Native
import Tensors

/// The shape of a T5, as `config.json` states it; the tensors say whether it is gated and tied.
package struct T5Configuration: Sendable {
  package let width, headCount, headWidth, hiddenSize: Int
  package let encoderLayers, decoderLayers: Int
  package let positions: RelativePositions
  package let epsilon: Float
  /// What the decoder's first step reads.
  package let startToken: Int32
  private let file: ModelConfiguration

  init(_ file: ModelConfiguration) throws(CheckpointError) {
    self.file = file
    width = try file.size("d_model")
    headCount = try file.size("num_heads")
    headWidth = try file.size("d_kv")
    hiddenSize = try file.size("d_ff")
    encoderLayers = try file.size("num_layers")
    decoderLayers = try file.size("num_decoder_layers", default: encoderLayers)
    positions = RelativePositions(
      buckets: try file.size("relative_attention_num_buckets", default: 32),
      farthest: try file.size("relative_attention_max_distance", default: 128))
    // A quarter of the buckets has to be distances of their own, and fewer than the farthest.
    guard positions.buckets % 4 == 0, positions.farthest > positions.buckets / 2 else {
      throw file.wrong(
        "relative_attention_num_buckets", "a multiple of 4 below twice the largest distance")
    }
    epsilon = Float(try file.number("layer_norm_epsilon", default: 1e-6))
    let start = file.given("decoder_start_token_id") ?? file.given("pad_token_id") ?? .integer(0)
    guard let token = start.integer.flatMap(Int32.init(exactly:)), token >= 0 else {
      throw file.wrong("decoder_start_token_id", "a token's index")
    }
    startToken = token
  }

  func attention(causal: Bool) -> CachedAttention {
    CachedAttention(.init(heads: headCount, headWidth: headWidth, scale: 1, causal: causal))
  }

  /// The activation between the feed-forward layer's maps.
  ///
  /// Copies of Flan-T5 that say "gelu" beside gated tensors mean what "gated-gelu" means: GELU's tanh
  /// form.
  func activation(gated: Bool) throws(CheckpointError) -> Activation {
    let name = file.given("feed_forward_proj")?.string ?? "relu"
    switch name.replacing(/^gated-/, with: "") {
    case "relu": return .relu
    case "gelu": return gated ? .geluTanh : .gelu
    case "gelu_new": return .geluTanh
    case "silu", "swish": return .silu
    default: throw file.wrong("feed_forward_proj", "relu, gelu, gelu_new or silu, gated or not")
    }
  }

  /// Whether the decoder's states are multiplied by 1 / √width before the head, as those of v1.0
  /// are: what the file says, else whether the head is the embeddings.
  func scalesOutputs(tied: @autoclosure () -> Bool) throws(CheckpointError) -> Bool {
    if file.given("scale_decoder_outputs") != nil {
      return try file.flag("scale_decoder_outputs", default: true)
    }
    // Newer files say true of every T5, so that only false means something.
    return try file.flag("tie_word_embeddings", default: true) && tied()
  }
}
