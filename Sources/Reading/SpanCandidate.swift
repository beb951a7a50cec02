/// An answer that the extractive reader proposes.
package struct SpanCandidate: Sendable, Equatable {
  package let text: String
  /// Where it stands in its passage's text, in Unicode scalars.
  package let range: Range<Int>
  /// Start logit + end logit − the window's "no answer" logits: log odds against no answer, so that
  /// windows and passages compare.
  package let score: Float
}

/// The best spans of one window.
///
/// - Parameters:
///   - logits: start and end logits of the window's tokens.
///   - longest: tokens in an answer at most.
/// - Returns: at most `count` pairs of passage tokens (first, last) with their scores, best first.
func bestSpans(
  start: [Float], end: [Float], window: ReadingWindow, longest: Int, count: Int
) -> [(tokens: ClosedRange<Int>, score: Float)] {
  let nothing = start[0] + end[0]
  var best: [(tokens: ClosedRange<Int>, score: Float)] = []
  for i in window.passage {
    for j in i..<min(i + longest, window.passage.upperBound) {
      let score = start[i] + end[j] - nothing
      if best.count == count, score <= best[count - 1].score { continue }
      let shift = window.firstToken - window.passage.lowerBound
      let place = best.firstIndex { $0.score < score } ?? best.count
      best.insert((i + shift...j + shift, score), at: place)
      if best.count > count { best.removeLast() }
    }
  }
  return best
}
