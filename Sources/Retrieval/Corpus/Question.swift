/// A question, with the answers that count as right when they are known.
package struct Question: Sendable, Codable, Equatable {
  package var id: String
  package var text: String
  /// Accepted alternatives; empty when unknown, or when the question has no answer.
  package var answers: [String]
  /// Id of the passage that the question was asked about.
  package var goldPassage: String?
  /// That passage itself, where it stands beside the question.
  package var passage: Passage?

  package init(
    id: String, text: String, answers: [String] = [], goldPassage: String? = nil,
    passage: Passage? = nil
  ) {
    self.id = id
    self.text = text
    self.answers = answers
    self.goldPassage = goldPassage
    self.passage = passage
  }
}
