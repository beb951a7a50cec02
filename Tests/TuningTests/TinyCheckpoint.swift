import Foundation
import Models
import Tensors

/// A random BERT small enough for finite differences, written as a checkpoint and loaded back.
enum TinyCheckpoint {
  static let width = 8
  static let hidden = 12
  static let vocabulary = 30

  static func load(seed: UInt64) throws -> BERT {
    let folder = try TemporaryFolder()
    try Data(configuration.utf8).write(to: URL(filePath: folder.path("config.json")))
    try SafetensorsFile.write(path: folder.path("model.safetensors"), tensors: tensors(seed: seed))
    return try BERT.load(Checkpoint(folder: folder.path("")))
  }

  private static let configuration = """
    {"model_type": "bert", "architectures": ["BertModel"], "hidden_size": \(width),
     "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": \(hidden),
     "layer_norm_eps": 1e-6, "vocab_size": \(vocabulary), "max_position_embeddings": 16,
     "type_vocab_size": 2, "hidden_act": "gelu"}
    """

  private static func tensors(seed: UInt64) -> [NamedTensor] {
    var random = SplitMix64(seed: seed)
    func tensor(_ name: String, _ shape: [Int], around center: Float = 0) -> NamedTensor {
      NamedTensor(
        name: name, shape: shape,
        values: (0..<shape.reduce(1, *)).map { _ in center + random.normal(deviation: 0.3) })
    }
    func linear(_ name: String, _ outputs: Int, _ inputs: Int) -> [NamedTensor] {
      [tensor("\(name).weight", [outputs, inputs]), tensor("\(name).bias", [outputs])]
    }
    func norm(_ name: String) -> [NamedTensor] {
      [tensor("\(name).weight", [width], around: 1), tensor("\(name).bias", [width])]
    }
    var all = [
      tensor("embeddings.word_embeddings.weight", [vocabulary, width]),
      tensor("embeddings.position_embeddings.weight", [16, width]),
      tensor("embeddings.token_type_embeddings.weight", [2, width]),
    ]
    all += norm("embeddings.LayerNorm")
    for layer in 0..<2 {
      let name = "encoder.layer.\(layer)"
      for part in ["query", "key", "value"] {
        all += linear("\(name).attention.self.\(part)", width, width)
      }
      all += linear("\(name).attention.output.dense", width, width)
      all += norm("\(name).attention.output.LayerNorm")
      all += linear("\(name).intermediate.dense", hidden, width)
      all += linear("\(name).output.dense", width, hidden)
      all += norm("\(name).output.LayerNorm")
    }
    return all
  }
}
