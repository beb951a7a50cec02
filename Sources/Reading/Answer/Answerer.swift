import Retrieval

/// Packs rankings into a reader's context, reads them and decides on answers.
package protocol Answerer: Sendable {
  /// One answer per ranking, in order; the reader gets all of them at once.
  ///
  /// - Throws: `UnfinishedAnswers` with those before the first that failed.
  func answer(_ rankings: [Ranking]) async throws -> [Answered]
}

/// What was answered before a reader failed.
package struct UnfinishedAnswers: Error {
  package let answered: [Answered]
  package let cause: any Error
}

/// An answered question, with what led to the answer.
package struct Answered: Sendable {
  package let prediction: Prediction
  package let context: PackedContext
  /// Different answers, best first.
  package let candidates: [AnswerCandidate]
  /// Nil where nothing was found to answer with.
  package let features: ConfidenceFeatures?
}
