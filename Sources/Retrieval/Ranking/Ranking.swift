/// A passage, by its row in the index, and what a ranker thinks of it.
package struct Hit: Equatable, Sendable {
  package var row: Int
  /// Higher is better; the scale is the ranker's own.
  package var score: Float

  package init(row: Int, score: Float) {
    self.row = row
    self.score = score
  }
}

/// A passage in a ranking. Higher scores are better.
package struct RankedPassage: Sendable, Equatable {
  package var passage: Passage
  package var score: Double
  /// Whether the passage holds an answer by the DPR rule; nil when that was not judged.
  package var hasAnswer: Bool?

  package init(passage: Passage, score: Double, hasAnswer: Bool? = nil) {
    self.passage = passage
    self.score = score
    self.hasAnswer = hasAnswer
  }
}

/// The passages that were retrieved for one question, best first.
package struct Ranking: Sendable, Equatable {
  package var question: Question
  package var passages: [RankedPassage]

  package init(question: Question, passages: [RankedPassage]) {
    self.question = question
    self.passages = passages
  }
}
