import Foundation

extension Workplace {
  /// A model folder of the widths of Flan-T5-small with random weights in float16, and the small
  /// SentencePiece vocabulary of a fixture.
  func writeFlanT5Small(_ name: String) throws {
    let model = folder.appending(path: name)
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
    let config = """
      {"model_type": "t5", "vocab_size": 268, "d_model": 512, "d_kv": 64, "d_ff": 1024,
       "num_layers": 8, "num_decoder_layers": 8, "num_heads": 6, "feed_forward_proj": "gated-gelu",
       "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128,
       "layer_norm_epsilon": 1e-6, "tie_word_embeddings": false, "decoder_start_token_id": 0,
       "eos_token_id": 1, "pad_token_id": 0, "is_encoder_decoder": true}
      """
    try Data(config.utf8).write(to: model.appending(path: "config.json"))
    let vocabulary = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "ModelsTests/Fixtures/Tokenizers/t5/spiece.model")
    try FileManager.default.copyItem(at: vocabulary, to: model.appending(path: "spiece.model"))
    try Self.safetensors(Self.flanT5Small).write(to: model.appending(path: "model.safetensors"))
  }

  private static let flanT5Small: [(name: String, shape: [Int])] =
    [("shared.weight", [268, 512]), ("lm_head.weight", [268, 512])]
    + stack("encoder", ["SelfAttention"]) + stack("decoder", ["SelfAttention", "EncDecAttention"])

  private static func stack(
    _ stack: String, _ attentions: [String]
  ) -> [(name: String, shape: [Int])] {
    let layers = (0..<8).flatMap { block -> [(name: String, shape: [Int])] in
      let name = "\(stack).block.\(block).layer"
      let attention = attentions.enumerated().flatMap { layer, kind in
        ["q", "k", "v"].map { ("\(name).\(layer).\(kind).\($0).weight", [384, 512]) }
          + [
            ("\(name).\(layer).\(kind).o.weight", [512, 384]),
            ("\(name).\(layer).layer_norm.weight", [512]),
          ]
      }
      let last = "\(name).\(attentions.count)"
      let feedForward = [
        ("\(last).DenseReluDense.wi_0.weight", [1024, 512]),
        ("\(last).DenseReluDense.wi_1.weight", [1024, 512]),
        ("\(last).DenseReluDense.wo.weight", [512, 1024]), ("\(last).layer_norm.weight", [512]),
      ]
      return attention + feedForward
    }
    let bias = "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    return layers + [(bias, [32, 6]), ("\(stack).final_layer_norm.weight", [512])]
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
    let text = try JSONSerialization.data(withJSONObject: header)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) }
    return Data(length) + text + data
  }
}
