import Foundation
import Retrieval

/// One line of a predictions file; the official scorer of NQ-open reads `question` and `prediction`.
package struct Prediction: Sendable, Equatable, Codable {
  /// A passage of the ranking, and whether the reader saw it.
  package struct Source: Sendable, Equatable, Codable {
    package var id: String
    package var title: String
    /// From 1.
    package var rank: Int
    package var score: Double
    package var packed: Bool
    /// Whether it bears an accepted answer; absent where that was not judged.
    package var hasAnswer: Bool?

    private enum CodingKeys: String, CodingKey {
      case id, title, rank, score, packed
      case hasAnswer = "has_answer"
    }
  }

  /// Where the answer stands: Unicode scalars of a passage's text.
  package struct Evidence: Sendable, Equatable, Codable {
    package var id: String
    package var start: Int
    package var end: Int

    package init(id: String, start: Int, end: Int) {
      self.id = id
      self.start = start
      self.end = end
    }
  }

  package var id: String
  package var question: String
  /// Empty where the reader abstained or had nothing to read.
  package var prediction: String
  /// 0...1
  package var confidence: Double
  package var passages: [Source]
  package var evidence: Evidence?
  /// The accepted answers, where they are known.
  package var answers: [String]?

  /// An answer to `question` from the first `packed` passages of its ranking.
  package init(
    _ question: Question, text: String, confidence: Double, evidence: Evidence?,
    ranking: [RankedPassage], packed: Int
  ) {
    id = question.id
    self.question = question.text
    prediction = text
    self.confidence = confidence
    self.evidence = evidence
    passages = ranking.enumerated().map { index, ranked in
      Source(
        id: ranked.passage.id, title: ranked.passage.title, rank: index + 1, score: ranked.score,
        packed: index < packed, hasAnswer: ranked.hasAnswer)
    }
    answers = question.answers.isEmpty ? nil : question.answers
  }

  private enum CodingKeys: String, CodingKey {
    case id, question, prediction, confidence, passages, evidence, answers
  }

  /// Writes `evidence` also when there is none, as null.
  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(id, forKey: .id)
    try fields.encode(question, forKey: .question)
    try fields.encode(prediction, forKey: .prediction)
    try fields.encode(confidence, forKey: .confidence)
    try fields.encode(passages, forKey: .passages)
    try fields.encode(evidence, forKey: .evidence)
    try fields.encodeIfPresent(answers, forKey: .answers)
  }

  /// The record's line, without its end.
  package func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
