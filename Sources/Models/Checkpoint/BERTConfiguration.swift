/// A kind of network that computes what BERT does, with its own names and its own way to places.
package enum BERTFamily: Sendable {
  case bert
  /// Places count from behind the padding's, and there is one segment: also XLM-R and CamemBERT.
  case roberta
  /// No segments.
  case distilBERT
  /// RoBERTa's places, no segments, and a bias of attention by distance.
  case mpnet

  /// The family of a `model_type`; DPR's two encoders are BERTs.
  init?(modelType: String) {
    switch modelType {
    case "bert", "dpr": self = .bert
    case "roberta", "xlm-roberta", "camembert": self = .roberta
    case "distilbert": self = .distilBERT
    case "mpnet": self = .mpnet
    default: return nil
    }
  }

  static let modelTypes = "bert, dpr, roberta, xlm-roberta, camembert, distilbert or mpnet"

  var countsFromPadding: Bool { self == .roberta || self == .mpnet }
  var hasSegments: Bool { self == .bert || self == .roberta }
}

/// The shape of a BERT, as `config.json` states it.
package struct BERTConfiguration: Equatable, Sendable {
  package let modelType: String
  package let architectures: [String]
  package let family: BERTFamily
  /// Width of a token vector.
  package let hiddenSize: Int
  package let layerCount: Int
  package let headCount: Int
  /// Width inside the feed-forward layers.
  package let intermediateSize: Int
  package let vocabularySize: Int
  /// The longest text in tokens.
  package let maxPositions: Int
  /// The token whose place counts for nothing, where places are counted from it on.
  package let paddingID: Int32?
  /// Kinds of segments; none where the network knows none.
  package let segmentCount: Int
  /// Buckets of distances that attention has a bias for; none where it has no bias.
  package let distanceBuckets: Int
  package let layerNormEpsilon: Float
  /// The activation's name: "gelu" is the exact (erf) one.
  package let activation: String

  /// Rows of the table of positions before the first token's.
  var firstPosition: Int { paddingID.map { Int($0) + 1 } ?? 0 }

  /// Reads `config.json`.
  /// - Throws: `CheckpointError` when it is no JSON, is of another architecture, lacks a size or has
  ///   an impossible one.
  package init(path: String) throws(CheckpointError) {
    let file = try ModelConfiguration(path: path)
    modelType = file.modelType ?? "bert"
    guard let family = BERTFamily(modelType: modelType) else {
      throw file.wrong(
        "model_type", BERTFamily.modelTypes, hint: "this kind of model is not supported")
    }
    self.family = family
    let short = family == .distilBERT
    let heads = short ? "n_heads" : "num_attention_heads"
    hiddenSize = try file.size(short ? "dim" : "hidden_size")
    headCount = try file.size(heads)
    guard hiddenSize % headCount == 0 else {
      throw file.wrong(heads, "a divisor of the width \(hiddenSize)")
    }
    architectures = file.architectures
    layerCount = try file.size(short ? "n_layers" : "num_hidden_layers")
    intermediateSize = try file.size(short ? "hidden_dim" : "intermediate_size")
    vocabularySize = try file.size("vocab_size")
    (maxPositions, paddingID) = try Self.places(file, family)
    segmentCount = family.hasSegments ? try file.size("type_vocab_size", default: 2) : 0
    distanceBuckets =
      family == .mpnet ? try file.size("relative_attention_num_buckets", default: 32) : 0
    layerNormEpsilon = Float(try file.number("layer_norm_eps", default: 1e-12))
    activation = file.json[short ? "activation" : "hidden_act"]?.string ?? "gelu"
  }

  private static func places(
    _ file: ModelConfiguration, _ family: BERTFamily
  ) throws(CheckpointError) -> (count: Int, padding: Int32?) {
    let rows = try file.size("max_position_embeddings")
    guard family.countsFromPadding else { return (rows, nil) }
    let padding = file.given("pad_token_id").map { $0.integer } ?? 1
    guard let padding, (0..<rows - 1).contains(padding) else {
      throw file.wrong("pad_token_id", "a token below max_position_embeddings \(rows)")
    }
    return (rows - padding - 1, Int32(padding))
  }
}
