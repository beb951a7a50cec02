import Foundation
import Native
import Tensors

/// A frozen BERT that reads a question and a passage together and says how well they fit: any
/// HuggingFace `ForSequenceClassification` of BERT's family with one label or two.
///
///     score = W f(P h₀ + p) + b,   h₀ the last state of the first token, f tanh or DistilBERT's ReLU
///
/// One label is the raw logit; of two it is the logit of the second (relevant) minus the first.
///
/// - Source: Nogueira & Cho 2019, arXiv:1901.04085.
package struct CrossEncoder: Sendable {
  package let name: String
  package let weightsSHA256: String
  /// Tokens of a pair, special tokens included.
  package let maxTokens: Int
  private let network: BERT
  private let tokenizer: any Tokenizer
  private let frame: TextFrame
  private let pooler, classifier: Linear
  private let activation: DenseActivation

  /// - Throws: `CheckpointError`, `TokenizerError` or `FileError` when the folder is no such model.
  package init(folder: String, name: String, _ precision: Precision = .float32) throws {
    let opened = try EncoderFolder(folder)
    let configuration = opened.network.configuration
    let width = configuration.hiddenSize
    let (pooler, classifier): (String, String) =
      switch configuration.family {
      case .bert: ("pooler.dense", "classifier")
      case .distilBERT: ("pre_classifier", "classifier")
      case .roberta, .mpnet: ("classifier.dense", "classifier.out_proj")
      }
    let labels = try Self.labels(opened.checkpoint, classifier + ".weight")
    self.name = name
    weightsSHA256 = opened.sha256
    network = precision == .int8 ? opened.network.quantized : opened.network
    tokenizer = opened.tokenizer
    frame = opened.frame
    maxTokens = min(512, configuration.maxPositions)
    self.pooler = try opened.checkpoint.linear(pooler, outputs: width, inputs: width)
    self.classifier = try opened.checkpoint.linear(classifier, outputs: labels, inputs: width)
    activation = configuration.family == .distilBERT ? .relu : .tanh
  }

  private static func labels(_ checkpoint: Checkpoint, _ name: String) throws -> Int {
    guard let shape = checkpoint.shape(of: name) else {
      throw CheckpointError(
        file: checkpoint.folder, tensor: name,
        expected: "the head of a model ForSequenceClassification", found: "none",
        hint: "this model is no cross-encoder")
    }
    guard let labels = shape.first, labels == 1 || labels == 2 else {
      throw CheckpointError(
        file: checkpoint.folder, tensor: name, expected: "one label or two",
        found: "\(shape.first ?? 0)")
    }
    return labels
  }

  package typealias Pair = (question: String, passage: String)

  /// The scores of some pairs, in their order, and how many pairs were cut to `maxTokens`.
  package func score(pairs: [Pair]) -> (scores: [Float], truncated: Int) {
    let lengths = pairs.map {
      EncoderFolder.estimatedTokens($0.question) + EncoderFolder.estimatedTokens($0.passage)
    }
    let groups = ragged(lengths: lengths.map { min($0, maxTokens) })
    let results = Parallel.map(groups.count) { scoreTogether(groups[$0].map { pairs[$0] }) }
    var scores = [Float](repeating: 0, count: pairs.count)
    for (group, result) in zip(groups, results) {
      for (pair, score) in zip(group, result.scores) { scores[pair] = score }
    }
    return (scores, results.map(\.truncated).reduce(0, +))
  }

  private func scoreTogether(_ pairs: [Pair]) -> (scores: [Float], truncated: Int) {
    var batch = RaggedBatch()
    var truncated = 0
    for pair in pairs {
      let question = tokenizer.encode(pair.question).ids
      let passage = tokenizer.encode(pair.passage).ids
      let kept = longestFirst(question.count, passage.count, limit: maxTokens - frame.pairCount)
      if kept != (question.count, passage.count) { truncated += 1 }
      batch.append(
        Array(question.prefix(kept.first)), Array(passage.prefix(kept.second)),
        frame: frame)
    }
    let states = network(batch)
    let first = (0..<batch.count).flatMap { index in
      let row = batch.range(index).lowerBound
      return states.rows(row..<row + 1).values
    }
    var pooled = pooler(Tensor(rows: batch.count, width: states.width, values: first))
    for i in pooled.values.indices { pooled.values[i] = activation(pooled.values[i]) }
    let logits = classifier(pooled)
    let scores = (0..<batch.count).map { row in
      logits.width == 1 ? logits[row, 0] : logits[row, 1] - logits[row, 0]
    }
    return (scores, truncated)
  }
}

/// How many tokens of two texts are kept so that together they are at most `limit`: the longer
/// loses first; where both are longer than half, the second gets the odd one unless it is shorter.
///
/// - Source: the strategy of that name in HuggingFace `tokenizers`.
func longestFirst(_ first: Int, _ second: Int, limit: Int) -> (first: Int, second: Int) {
  if first + second <= limit { return (first, second) }
  let shorter = min(first, second, limit / 2)
  return first <= second ? (shorter, limit - shorter) : (limit - shorter, shorter)
}
