import Foundation
import Native
import Tensors

/// A frozen BERT that reads a question and a passage together and says how well they fit: any
/// HuggingFace `BertForSequenceClassification` with one label or two.
///
///     score = W tanh(P h₀ + p) + b,   h₀ the last state of [CLS]
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
  private let tokenizer: WordPieceTokenizer
  private let pooler, classifier: Linear

  /// - Throws: `CheckpointError`, `TokenizerError` or `FileError` when the folder is no such model.
  package init(folder: String, name: String) throws {
    let opened = try EncoderFolder(folder)
    let checkpoint = opened.checkpoint
    let width = checkpoint.configuration.hiddenSize
    let labels = try Self.labels(checkpoint)
    self.name = name
    weightsSHA256 = try checkpoint.weightsSHA256()
    network = opened.network
    tokenizer = opened.tokenizer
    maxTokens = min(512, checkpoint.configuration.maxPositions)
    pooler = try Linear(
      weight: checkpoint.table("pooler.dense.weight", shape: [width, width]), outputs: width,
      inputs: width, bias: checkpoint.tensor("pooler.dense.bias", shape: [width]))
    classifier = try Linear(
      weight: checkpoint.table("classifier.weight", shape: [labels, width]), outputs: labels,
      inputs: width, bias: checkpoint.tensor("classifier.bias", shape: [labels]))
  }

  private static func labels(_ checkpoint: Checkpoint) throws -> Int {
    let configuration = checkpoint.configuration
    guard let shape = checkpoint.shape(of: "classifier.weight") else {
      throw CheckpointError(
        file: checkpoint.folder, tensor: "classifier.weight",
        expected: "the head of a BertForSequenceClassification", found: "none",
        hint: "this model is no cross-encoder")
    }
    guard let labels = shape.first, labels == 1 || labels == 2 else {
      throw CheckpointError(
        file: checkpoint.folder, tensor: "classifier.weight", expected: "one label or two",
        found: "\(shape.first ?? 0)")
    }
    guard configuration.segmentCount >= 2, configuration.maxPositions >= 5 else {
      throw CheckpointError(
        file: checkpoint.folder, expected: "two segments and room for a pair",
        found: "type_vocab_size \(configuration.segmentCount), "
          + "max_position_embeddings \(configuration.maxPositions)")
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
      let kept = longestFirst(question.count, passage.count, limit: maxTokens - 3)
      if kept != (question.count, passage.count) { truncated += 1 }
      batch.append(
        Array(question.prefix(kept.first)), Array(passage.prefix(kept.second)),
        tokenizer: tokenizer)
    }
    let states = network(batch)
    let first = (0..<batch.count).flatMap { index in
      let row = batch.range(index).lowerBound
      return states.rows(row..<row + 1).values
    }
    var pooled = pooler(Tensor(rows: batch.count, width: states.width, values: first))
    for i in pooled.values.indices { pooled.values[i] = tanh(pooled.values[i]) }
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
