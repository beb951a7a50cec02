import Tensors

extension PrefixTuning {
  /// Keys and values before those of every text, in every layer of a BERT.
  ///
  /// - Parameter hidden: the width of the network that the rows are learned through; nil learns them.
  init(length: Int, hidden: Int?, bert: BERT) {
    let attentions = bert.layers.enumerated().map { index, layer in
      (site: AttentionSite(kind: .encoder, layer: index), width: layer.attention.keyValueWidth)
    }
    self.init(
      length: length, attentions, hidden: hidden, embeddingWidth: bert.configuration.hiddenSize)
  }

  /// The network with the prefix in place.
  func attached(to bert: BERT, parameters: [Float]) -> BERT {
    let inside = folded(parameters)
    var bert = bert
    for site in sites {
      bert.layers[site.attention.layer].attention.attach(
        prefix: rows(inside, site), offset: site.offset)
    }
    return bert
  }

  /// The keys and values that the network gives a text of `length` tokens; through a network of its
  /// own, what the first layer reads of it, and small weights.
  func initialParameters(_ tokens: [Int32], _ bert: BERT, seed: UInt64) -> [Float] {
    let text = RaggedBatch(tokens)
    return initialParameters(through: bert.embed(text), seed: seed)
      ?? bert.forward(text).tape.keysAndValues.flatMap(\.values)
  }
}
