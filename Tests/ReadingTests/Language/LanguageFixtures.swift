import Models
import Tensors

@testable import Reading

/// A language model whose tokens are words, and which answers from a table.
struct WordModel: LanguageModel {
  var longestText: Int? = nil
  /// What it says to prompts that hold a text.
  var answers: [(prompt: String, completion: Completion)] = []

  func countTokens(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }

  func complete(_ prompts: [String], _ settings: CompletionSettings) -> [Completion] {
    prompts.map { prompt in
      answers.first { prompt.contains($0.prompt) }?.completion
        ?? Completion(text: "", logProbabilities: nil, isFinished: true)
    }
  }
}

extension TemporaryFolder {
  /// The folder of a small Llama of random weights, with the tokenizer of a fixture.
  func writeLlama(tokenizer: String, vocabulary: Int, positions: Int) throws -> String {
    try write(
      "config.json",
      """
      {"model_type": "llama", "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu",
       "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "max_position_embeddings": \(positions),
       "vocab_size": \(vocabulary), "tie_word_embeddings": true, "eos_token_id": 3}
      """)
    try write("tokenizer.json", tokenizer)
    var random = SplitMix64(seed: 5)
    func tensor(_ name: String, _ shape: Int...) -> NamedTensor {
      let count = shape.reduce(1, *)
      return NamedTensor(
        name: "model.\(name).weight", shape: shape,
        values: (0..<count).map { _ in
          shape.count == 1 ? 1 : random.normal(deviation: 0.2)
        })
    }
    let layers = (0..<2).flatMap { layer in
      [
        tensor("layers.\(layer).input_layernorm", 32),
        tensor("layers.\(layer).post_attention_layernorm", 32),
        tensor("layers.\(layer).self_attn.q_proj", 32, 32),
        tensor("layers.\(layer).self_attn.k_proj", 16, 32),
        tensor("layers.\(layer).self_attn.v_proj", 16, 32),
        tensor("layers.\(layer).self_attn.o_proj", 32, 32),
        tensor("layers.\(layer).mlp.gate_proj", 40, 32),
        tensor("layers.\(layer).mlp.up_proj", 40, 32),
        tensor("layers.\(layer).mlp.down_proj", 32, 40),
      ]
    }
    try SafetensorsFile.write(
      path: path("model.safetensors"),
      tensors: [tensor("embed_tokens", vocabulary, 32), tensor("norm", 32)] + layers)
    return path("")
  }
}
