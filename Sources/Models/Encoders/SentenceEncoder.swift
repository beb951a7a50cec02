import Native
import Tensors

/// A frozen BERT that makes one vector of a text: its token vectors pooled and, where the model
/// asks for it, scaled to length one.
///
/// - Source: Reimers & Gurevych 2019, arXiv:1908.10084; folders as sentence-transformers saves
///   them.
package struct SentenceEncoder: Sendable {
  /// What the model was asked for by.
  package let name: String
  package let weightsSHA256: String
  package let network: BERT
  package let tokenizer: WordPieceTokenizer
  /// Tokens of a text, [CLS] and [SEP] included; what is longer is cut.
  package let maxTokens: Int
  /// What the model expects before a question and before a passage.
  package let questionPrefix, passagePrefix: String
  private let configuration: PoolingConfiguration

  /// - Throws: `CheckpointError`, `TokenizerError` or `FileError` when the folder is no such model.
  package init(folder: String, name: String) throws {
    let opened = try EncoderFolder(folder)
    try self.init(
      folder: folder, name: name, network: opened.network, tokenizer: opened.tokenizer,
      weightsSHA256: opened.checkpoint.weightsSHA256())
  }

  /// The same on a network that is loaded already.
  package init(
    folder: String, name: String, network: BERT, tokenizer: WordPieceTokenizer,
    weightsSHA256: String
  ) throws {
    let bert = network.configuration
    let pooling = try PoolingConfiguration(folder: folder, architectures: bert.architectures)
    self.name = name
    self.weightsSHA256 = weightsSHA256
    self.network = network
    self.tokenizer = tokenizer
    maxTokens = min(pooling.maxTokens ?? bert.maxPositions, bert.maxPositions)
    questionPrefix = pooling.questionPrefix
    passagePrefix = pooling.passagePrefix
    configuration = pooling
  }

  /// Floats in a vector.
  package var width: Int { network.configuration.hiddenSize }

  /// The vectors of some texts, `[texts, width]`, and how many texts were cut.
  package func embed(_ texts: [String]) -> (vectors: [Float], truncated: Int) {
    let groups = ragged(
      lengths: texts.map { min(EncoderFolder.estimatedTokens($0), maxTokens) })
    let results = Parallel.map(groups.count) { embedTogether(groups[$0].map { texts[$0] }) }
    var vectors = [Float](repeating: 0, count: texts.count * width)
    for (group, result) in zip(groups, results) {
      for (row, text) in group.enumerated() {
        vectors.replaceSubrange(
          text * width..<(text + 1) * width, with: result.vectors[row * width..<(row + 1) * width])
      }
    }
    return (vectors, results.map(\.truncated).reduce(0, +))
  }

  /// The same on the calling thread, all texts in one batch.
  private func embedTogether(_ texts: [String]) -> (vectors: [Float], truncated: Int) {
    var batch = RaggedBatch()
    var truncated = 0
    for text in texts {
      let ids = tokenizer.encode(text).ids
      if ids.count > maxTokens - 2 { truncated += 1 }
      batch.append(Array(ids.prefix(maxTokens - 2)), tokenizer: tokenizer)
    }
    let states = network(batch)
    let vectors = (0..<batch.count).flatMap { pool(states, batch.range($0)) }
    return (vectors, truncated)
  }

  private func pool(_ states: Tensor, _ tokens: Range<Int>) -> [Float] {
    var vector = states.rows(tokens.lowerBound..<tokens.lowerBound + 1).values
    if configuration.pooling == .mean {
      for row in tokens.dropFirst() {
        for i in 0..<width { vector[i] += states.values[row * width + i] }
      }
      for i in 0..<width { vector[i] /= Float(tokens.count) }
    }
    if configuration.normalizes {
      // The floor is the reference's: a vector of zeros stays one.
      let length = max(Kernels.dot(vector.span, vector.span).squareRoot(), 1e-12)
      for i in 0..<width { vector[i] /= length }
    }
    return vector
  }
}
