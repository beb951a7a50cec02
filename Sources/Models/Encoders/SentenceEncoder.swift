import Native
import Tensors

/// A frozen BERT that makes one vector of a text: its token vectors pooled and, where the model
/// asks for it, projected and scaled to length one.
///
/// - Source: Reimers & Gurevych 2019, arXiv:1908.10084; folders as sentence-transformers saves
///   them.
package struct SentenceEncoder: Sendable {
  /// What the model was asked for by.
  package let name: String
  package let weightsSHA256: String
  package let network: BERT
  package let tokenizer: any Tokenizer
  /// Tokens of a text, those around it included; what is longer is cut.
  package let maxTokens: Int
  /// What the model expects before a question and before a passage, unless someone knows better.
  package var prefixes: EncoderPrefixes
  private let configuration: PoolingConfiguration
  private let frame: TextFrame

  /// - Throws: `CheckpointError`, `TokenizerError` or `FileError` when the folder is no such model.
  package init(folder: String, name: String, _ precision: Precision = .float32) throws {
    try self.init(EncoderFolder(folder), name: name, precision)
  }

  /// The same of a folder that is open already.
  package init(_ opened: EncoderFolder, name: String, _ precision: Precision = .float32) throws {
    let bert = opened.network.configuration
    let pooling = try PoolingConfiguration(
      folder: opened.folder, width: bert.hiddenSize, architectures: bert.architectures)
    maxTokens = min(pooling.maxTokens ?? bert.maxPositions, bert.maxPositions)
    guard maxTokens > opened.frame.count else {
      throw CheckpointError(
        file: opened.folder, expected: "more than the \(opened.frame.count) tokens around a text",
        found: "at most \(maxTokens)")
    }
    self.name = name
    weightsSHA256 = opened.sha256
    network = precision == .int8 ? opened.network.quantized : opened.network
    tokenizer = opened.tokenizer
    frame = opened.frame
    prefixes = pooling.prefixes
    if prefixes == EncoderPrefixes(), let usual = EncoderPrefixes(customaryFor: name) {
      prefixes = usual
    }
    configuration = pooling
  }

  /// Floats in a vector.
  package var width: Int { configuration.width }

  /// What stands between a passage's title and its text.
  package var titleSeparator: String { configuration.titleSeparator }

  /// How vectors come about, in words.
  package var pooling: String { "\(configuration.summary), at most \(maxTokens) tokens" }

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
    let room = maxTokens - frame.count
    for text in texts {
      let ids = tokenizer.encode(text).ids
      if ids.count > room { truncated += 1 }
      batch.append(Array(ids.prefix(room)), frame: frame)
    }
    let states = network(batch)
    let poolings = configuration.poolings
    let pooled = Tensor(
      rows: batch.count, width: poolings.count * states.width,
      values: (0..<batch.count).flatMap { text in
        poolings.flatMap { $0(states, batch.range(text)) }
      })
    return (configuration.steps.reduce(pooled) { $1($0) }.values, truncated)
  }
}
