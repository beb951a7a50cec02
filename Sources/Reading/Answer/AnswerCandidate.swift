import Foundation
import Retrieval

/// An answer with all that speaks for it.
package struct AnswerCandidate: Sendable, Equatable {
  package var text: String
  /// log Σ over all its places of e^(span + weight · passage).
  package var score: Double
  /// The span's log odds against no answer where it scores best.
  package var span: Double
  /// Which of the packed passages that is.
  package var passage: Int
  /// Where it stands in that passage's text, in Unicode scalars.
  package var range: Range<Int>

  package init(text: String, score: Double, span: Double, passage: Int, range: Range<Int>) {
    self.text = text
    self.score = score
    self.span = span
    self.passage = passage
    self.range = range
  }

  /// Candidates that say the same joined into one each, best first; the best place of each is kept.
  package static func merge(_ candidates: [AnswerCandidate]) -> [AnswerCandidate] {
    let groups = Dictionary(grouping: candidates) { Self.key(of: $0.text) }
    return groups.values.compactMap { places in
      guard var best = places.min(by: precedes) else { return nil }
      let rest = places.reduce(0) { $0 + exp($1.score - best.score) }
      best.score += log(rest)
      return best
    }.sorted(by: precedes)
  }

  private static func precedes(_ first: AnswerCandidate, _ second: AnswerCandidate) -> Bool {
    (second.score, first.passage, first.range.lowerBound, first.range.upperBound)
      < (first.score, second.passage, second.range.lowerBound, second.range.upperBound)
  }

  /// What two spellings of one answer share: the words in lower case, without articles and
  /// punctuation; the text itself where nothing else is left.
  static func key(of text: String) -> String {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
      .filter { !["a", "an", "the"].contains($0) }
    return words.isEmpty ? text : words.joined(separator: " ")
  }
}
