import Foundation
import Models

/// Passages that look as if they answered a question and do not hold its answer: among all training
/// passages, those that share the rarest tokens with the question.
///
///     score(passage) = Σ_{t ∈ question ∩ passage} ln(N / df(t))
struct HardNegatives: Sendable {
  /// Passages that hold each token; tokens in more than a tenth of them are left out.
  private let holders: [Int32: [Int32]]
  private let texts: [String]

  init(_ passages: [EncodedPassage]) {
    var holders: [Int32: [Int32]] = [:]
    for (index, passage) in passages.enumerated() {
      for token in Set(passage.encoding.ids) { holders[token, default: []].append(Int32(index)) }
    }
    self.holders = holders.filter { $0.value.count * 10 <= passages.count }
    texts = passages.map { $0.text.lowercased() }
  }

  /// At most `count` passages for the example, the most alike first.
  func find(for example: EncodedExample, count: Int) -> [Int] {
    var scores: [Int32: Float] = [:]
    for token in Set(example.question).sorted() {
      guard let passages = holders[token] else { continue }
      let weight = log(Float(texts.count) / Float(passages.count))
      for passage in passages { scores[passage, default: 0] += weight }
    }
    let answers = example.answers.map { $0.lowercased() }
    let order = scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4 * count)
    return order.map { Int($0.key) }
      .filter { passage in
        passage != example.passage && !answers.contains { texts[passage].contains($0) }
      }
      .prefix(count).map { $0 }
  }
}
