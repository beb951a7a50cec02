import Foundation

/// A question with the passage it is asked of: what the reader learns from and is measured on.
package struct ReadingExample: Sendable, Decodable {
  package let id: String
  package let question: String
  package let title: String
  package let passage: String
  package let answers: [String]
  /// The answer's first character in the passage, in Unicode scalars; nil where the passage does not
  /// hold the answer.
  package let answerStart: Int?

  private enum CodingKeys: String, CodingKey {
    case id, question, title, passage, answers
    case answerStart = "answer_start"
  }

  /// The Unicode scalars of the answer at `answerStart`: the longest accepted one that stands there.
  package var answerRange: Range<Int>? {
    guard let answerStart else { return nil }
    let scalars = Array(passage.unicodeScalars)
    let lengths = answers.map { Array($0.unicodeScalars) }
      .filter { scalars.dropFirst(answerStart).starts(with: $0) }.map(\.count)
    guard let length = lengths.max(), length > 0 else { return nil }
    return answerStart..<answerStart + length
  }
}
