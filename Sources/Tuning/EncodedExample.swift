import Models
import Reading
import Tensors

/// An example in tokens.
struct EncodedExample: Sendable {
  let opening: WindowBuilder.Opening
  let passage: Encoding
  /// The passage's tokens that hold the answer; nil for a passage without one.
  let answer: Range<Int>?

  init(
    _ example: ReadingExample, passage: Encoding, builder: WindowBuilder
  ) {
    opening = builder.opening(question: example.question, title: example.title)
    self.passage = passage
    answer = example.answerRange.flatMap { EncodedExample.tokens(of: $0, in: passage) }
  }

  /// The tokens that cover the characters in `range`.
  private static func tokens(of range: Range<Int>, in passage: Encoding) -> Range<Int>? {
    guard
      let first = passage.offsets.firstIndex(where: { $0.upperBound > range.lowerBound }),
      let last = passage.offsets.lastIndex(where: { $0.lowerBound < range.upperBound }),
      first <= last
    else { return nil }
    return first..<last + 1
  }

  /// A window of at most `longest` passage tokens that holds the answer at a random place.
  func crop(
    longest: Int, builder: WindowBuilder, using random: inout SplitMix64
  ) -> (window: ReadingWindow, answer: Range<Int>?) {
    let count = min(passage.count, min(longest, builder.longest - opening.count - 1))
    let anchor = answer ?? 0..<0
    let low = max(0, min(anchor.upperBound, passage.count) - count)
    let high = min(answer == nil ? passage.count - count : anchor.lowerBound, passage.count - count)
    let start = high > low ? Int.random(in: low...high, using: &random) : min(low, high)
    let window = builder.window(opening, passage: passage, tokens: start..<start + count)
    let shift = opening.count - start
    guard let answer, answer.lowerBound >= start, answer.upperBound <= start + count else {
      return (window, nil)
    }
    return (window, answer.lowerBound + shift..<answer.upperBound + shift)
  }
}
