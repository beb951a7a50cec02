/// One prediction beside the gold answers of its question.
package struct ScoredAnswer: Sendable {
  package let id: String
  /// Empty when the system abstained.
  package let prediction: String
  /// Empty when the question has no answer.
  package let golds: [String]
  /// The golds and the answers that were judged right later, as EfficientQA has them; empty where
  /// there are none.
  package let extendedGolds: [String]
  /// 0...1, or nil where none was given.
  package let confidence: Double?
  /// Whether a passage of the ranking bears an answer; nil where unknown.
  package let rankingHasAnswer: Bool?
  /// Whether a passage that was packed for the reader bears an answer; nil where unknown.
  package let packedHasAnswer: Bool?
  /// Whether the passage that the prediction names as its evidence bears an answer; nil where
  /// unknown or where none is named.
  package let evidenceHasAnswer: Bool?

  /// - Throws: `ScoredAnswerError` if `confidence` is not in 0...1.
  package init(
    id: String, prediction: String, golds: [String], extendedGolds: [String] = [],
    confidence: Double? = nil,
    rankingHasAnswer: Bool? = nil, packedHasAnswer: Bool? = nil, evidenceHasAnswer: Bool? = nil
  ) throws {
    if let confidence, !(0...1).contains(confidence) {
      throw ScoredAnswerError(id: id, found: confidence)
    }
    self.id = id
    self.prediction = prediction
    self.golds = golds
    self.extendedGolds = extendedGolds
    self.confidence = confidence
    self.rankingHasAnswer = rankingHasAnswer
    self.packedHasAnswer = packedHasAnswer
    self.evidenceHasAnswer = evidenceHasAnswer
  }
}

/// A prediction whose confidence is not in 0...1.
package struct ScoredAnswerError: Error, CustomStringConvertible {
  package let id: String
  package let found: Double

  package var description: String {
    "prediction \(id): expected a confidence in 0...1, found \(found)"
  }
}
