import Foundation
import Retrieval

/// A question with the passage it is asked of: what the reader learns from and is measured on.
package struct ReadingExample: Sendable {
  package let question: String
  package let title: String
  package let passage: String
  package let answers: [String]
  /// The answer's first character in the passage, in Unicode scalars; nil where the passage does not
  /// hold the answer.
  package let answerStart: Int?

  /// The examples of a JSON Lines file: `question`, `passage`, `title`, `answers`, `answer_start`.
  ///
  /// - Throws: `InputError` naming file and line.
  package static func read(_ path: String) throws -> [ReadingExample] {
    var records = JSONRecords(try InputFile(path), layout: .lines)
    var examples: [ReadingExample] = []
    while let (bytes, line) = try records.next() {
      examples.append(try ReadingExample(JSONRecord(bytes, file: path, line: line)))
    }
    return examples
  }

  private init(_ record: JSONRecord) throws {
    question = try record.require("question", record.string)
    passage = try record.require("passage", record.string)
    title = try record.string("title") ?? ""
    answers = try record.strings("answers") ?? []
    answerStart = try record.integer("answer_start")
  }

  /// The Unicode scalars of the answer at `answerStart`: the longest accepted one that stands there.
  package var answerRange: Range<Int>? {
    guard let answerStart, answerStart >= 0 else { return nil }
    let rest = Array(passage.unicodeScalars.dropFirst(answerStart))
    let lengths = answers.map { Array($0.unicodeScalars) }.filter { rest.starts(with: $0) }
    guard let length = lengths.map(\.count).max(), length > 0 else { return nil }
    return answerStart..<answerStart + length
  }
}
