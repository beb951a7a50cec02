import Models
import Native
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

/// Examples whose passage holds their answer, in tokens; each passage once.
struct EncodedExamples: Sendable {
  let passages: [EncodedPassage]
  let examples: [EncodedExample]
  /// Of each example its place among those that were given.
  let sources: [Int]

  /// - Throws: `EmptyTrainingSetError` when there is none.
  init(_ all: [ReadingExample], _ builder: WindowBuilder) throws {
    var indices: [String: Int] = [:]
    var firsts: [ReadingExample] = []
    for example in all where indices[example.passage] == nil {
      indices[example.passage] = firsts.count
      firsts.append(example)
    }
    let passages = Parallel.map(firsts.count) { [firsts] index in
      EncodedPassage(
        text: firsts[index].passage, title: builder.tokenizer.encode(firsts[index].title).ids,
        encoding: builder.tokenizer.encode(firsts[index].passage))
    }
    let encoded = Parallel.map(all.count) { [indices] index in
      let passage = indices[all[index].passage]!
      return EncodedExample(all[index], passage: passage, passages[passage], builder)
    }
    self.passages = passages
    examples = encoded.compactMap { $0 }
    sources = encoded.indices.filter { encoded[$0] != nil }
    guard !examples.isEmpty else { throw EmptyTrainingSetError(examples: all.count) }
  }

  /// One window of each example, the same ones whenever they are asked for.
  func windows(longest: Int, _ builder: WindowBuilder) -> [TrainingWindow] {
    examples.indices.map { index in
      let example = examples[index]
      var random = SplitMix64(seed: UInt64(index))
      return TrainingWindow(
        question: example.question, passages[example.passage], answer: example.answer,
        longest: longest, builder: builder, using: &random)
    }
  }
}

/// Data without a single answer in its passage.
package struct EmptyTrainingSetError: Error, CustomStringConvertible {
  package let examples: Int

  package var description: String {
    "expected examples whose passage holds the answer at answer_start, found none in \(examples)"
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
