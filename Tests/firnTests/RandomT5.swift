import Foundation

/// The sizes of a T5 whose weights are random.
struct RandomT5 {
  let width, hidden, heads, layers: Int

  static let small = RandomT5(width: 512, hidden: 1024, heads: 6, layers: 8)
  static let tiny = RandomT5(width: 16, hidden: 32, heads: 1, layers: 2)
}

extension Workplace {
  /// A model folder of these sizes (those of Flan-T5-small unless others are given) with random
  /// weights in float16, and the small SentencePiece vocabulary of a fixture.
  func writeT5(_ name: String, _ sizes: RandomT5 = .small) throws {
    let model = folder.appending(path: name)
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
    let config = """
      {"model_type": "t5", "vocab_size": 268, "d_model": \(sizes.width), "d_kv": 64,
       "d_ff": \(sizes.hidden), "num_layers": \(sizes.layers),
       "num_decoder_layers": \(sizes.layers), "num_heads": \(sizes.heads),
       "feed_forward_proj": "gated-gelu",
       "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
       "layer_norm_epsilon": 1e-6, "tie_word_embeddings": false, "decoder_start_token_id": 0,
       "eos_token_id": 1, "pad_token_id": 0, "is_encoder_decoder": true}
      """
    try Data(config.utf8).write(to: model.appending(path: "config.json"))
    let vocabulary = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "ModelsTests/Fixtures/Tokenizers/t5/spiece.model")
    try FileManager.default.copyItem(at: vocabulary, to: model.appending(path: "spiece.model"))
    try Self.safetensors(sizes.tensors).write(to: model.appending(path: "model.safetensors"))
  }

  /// Norms are 1; all else lies between 1/32 and 1/16 on either side of 0.
  private static func safetensors(_ tensors: [(name: String, shape: [Int])]) throws -> Data {
    // A sign, the exponent of 1/32, and ten bits below it.
    let noise = (0..<100_003).map { UInt16(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
      .map { $0 & 0x83FF | 0x2800 }
    let random = noise.withUnsafeBytes { Data($0) }
    var (header, data) = ([String: Any](), Data())
    for (name, shape) in tensors {
      let start = data.count
      let end = start + 2 * shape.reduce(1, *)
      let one = Data([0x00, 0x3C])
      while data.count < end {
        data += shape.count == 1 ? one : random.prefix(end - data.count)
      }
      header[name] = ["dtype": "F16", "shape": shape, "data_offsets": [start, end]]
    }
    let text = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) }
    return Data(length) + text + data
  }
}

extension RandomT5 {
  fileprivate var tensors: [(name: String, shape: [Int])] {
    [("shared.weight", [268, width]), ("lm_head.weight", [268, width])]
      + stack("encoder", ["SelfAttention"])
      + stack("decoder", ["SelfAttention", "EncDecAttention"])
  }

  private func stack(
    _ stack: String, _ attentions: [String]
  ) -> [(name: String, shape: [Int])] {
    let inner = heads * 64
    let blocks = (0..<layers).flatMap { block -> [(name: String, shape: [Int])] in
      let name = "\(stack).block.\(block).layer"
      let attention = attentions.enumerated().flatMap { layer, kind in
        ["q", "k", "v"].map { ("\(name).\(layer).\(kind).\($0).weight", [inner, width]) }
          + [
            ("\(name).\(layer).\(kind).o.weight", [width, inner]),
            ("\(name).\(layer).layer_norm.weight", [width]),
          ]
      }
      let last = "\(name).\(attentions.count)"
      let feedForward = [
        ("\(last).DenseReluDense.wi_0.weight", [hidden, width]),
        ("\(last).DenseReluDense.wi_1.weight", [hidden, width]),
        ("\(last).DenseReluDense.wo.weight", [width, hidden]),
        ("\(last).layer_norm.weight", [width]),
      ]
      return attention + feedForward
    }
    let bias = "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    return blocks + [(bias, [32, heads]), ("\(stack).final_layer_norm.weight", [width])]
  }
}
