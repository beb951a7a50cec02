import Models
import Reading
import Tensors

/// A passage in tokens, with its title's.
struct EncodedPassage: Sendable {
  let text: String
  let title: [Int32]
  let encoding: Encoding
}

/// A question in tokens, and where in which passage its answer stands.
struct EncodedExample: Sendable {
  let question: [Int32]
  let answers: [String]
  /// Which passage the question is asked of, and the tokens that hold the answer.
  let passage: Int
  let answer: Range<Int>

  /// - Returns: nil for an example without an answer in its passage.
  init?(
    _ example: ReadingExample, passage: Int, _ encoded: EncodedPassage, _ builder: WindowBuilder
  ) {
    guard
      let characters = example.answerRange,
      let tokens = EncodedExample.tokens(of: characters, in: encoded.encoding)
    else { return nil }
    question = builder.tokenizer.encode(example.question).ids
    answers = example.answers
    self.passage = passage
    answer = tokens
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
}

/// A window with the tokens of its answer, or none: the target is then "no answer".
struct TrainingWindow: Sendable {
  let window: ReadingWindow
  let answer: Range<Int>?

  /// At most `longest` tokens of `passage`, at a random place that holds `answer` if there is one.
  init(
    question: [Int32], _ passage: EncodedPassage, answer: Range<Int>?, longest: Int,
    builder: WindowBuilder, using random: inout SplitMix64
  ) {
    let opening = builder.opening(question: question, title: passage.title)
    let total = passage.encoding.count
    let count = min(total, longest, builder.longest - opening.count - 1)
    let low = max(0, (answer?.upperBound ?? 0) - count)
    let high = min(answer?.lowerBound ?? total, total - count)
    let start = high > low ? Int.random(in: low...high, using: &random) : max(0, min(low, high))
    window = builder.window(opening, passage: passage.encoding, tokens: start..<start + count)
    guard let answer, answer.lowerBound >= start, answer.upperBound <= start + count else {
      self.answer = nil
      return
    }
    let shift = opening.count - start
    self.answer = answer.lowerBound + shift..<answer.upperBound + shift
  }
}
