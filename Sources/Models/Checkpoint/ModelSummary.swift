/// What a model folder says about itself: its configuration's sizes and its weights' numbers.
package struct ModelSummary: Equatable, Sendable {
  /// The architecture by HuggingFace's name, such as `bert` or `llama`.
  package let type: String
  /// The classes that the weights were saved from.
  package let architectures: [String]
  package let layers, width, heads, hidden, vocabulary: Int
  /// The longest text in tokens; nil when the architecture has no limit.
  package let maxTokens: Int?
  /// Learned numbers.
  package let parameters: Int
  /// How most of them are stored: float32, float16, bfloat16 or another format's name.
  package let numbers: String

  /// - Throws: `CheckpointError` when the configuration lacks a size.
  package init(_ file: ModelConfiguration, _ weights: WeightFiles) throws(CheckpointError) {
    type = file.modelType ?? "unknown"
    architectures = file.architectures
    layers = try Self.size(file, "num_hidden_layers", "n_layer", "num_layers", "n_layers")
    width = try Self.size(file, "hidden_size", "n_embd", "d_model", "dim")
    heads = try Self.size(file, "num_attention_heads", "n_head", "num_heads", "n_heads")
    // GPT-2's files leave out what is four times the width.
    hidden =
      file.modelType == "gpt2"
      ? try file.size("n_inner", default: 4 * width)
      : try Self.size(file, "intermediate_size", "ffn_dim", "d_ff", "hidden_dim")
    vocabulary = try file.size("vocab_size")
    // T5's n_positions is the length that it was trained on and limits nothing.
    maxTokens =
      ["t5", "mt5"].contains(file.modelType)
      ? nil : try Self.size(file, "max_position_embeddings", "n_positions")
    (parameters, numbers) = Self.count(weights)
  }

  /// The first of some names for the same size.
  private static func size(
    _ file: ModelConfiguration, _ names: String...
  ) throws(CheckpointError) -> Int {
    try file.size(names.first { file.given($0) != nil } ?? names[0])
  }

  private static func count(_ weights: WeightFiles) -> (parameters: Int, numbers: String) {
    var counts: [String: Int] = [:]
    // Old files hold the positions' numbers too, which nobody learned.
    for name in weights.names where !name.hasSuffix("position_ids") {
      counts[weights.format(of: name) ?? "", default: 0] +=
        weights.shape(of: name)?.reduce(1, *) ?? 0
    }
    let format = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "none"
    let words = ["F32": "float32", "F16": "float16", "BF16": "bfloat16"]
    return (counts.values.reduce(0, +), words[format] ?? format)
  }
}
