import Retrieval

/// Finds the questions that a prediction answers.
///
/// A prediction without an id answers the questions with exactly its question's text, scalar for
/// scalar, as the scorer of NQ-open matches them; where no question has it, the text stands for the
/// id.
struct QuestionPlaces {
  private let byID: [String: Int]
  private lazy var byText = Dictionary(
    grouping: questions.indices, by: { Array(questions[$0].text.utf8) })
  private let questions: [Question]

  /// - Requires: questions of different ids.
  init(_ questions: [Question]) {
    self.questions = questions
    byID = Dictionary(uniqueKeysWithValues: questions.enumerated().map { ($1.id, $0) })
  }

  /// Places among the questions; nil when the prediction is for none of them.
  mutating func places(of prediction: PredictionRecord) -> [Int]? {
    guard !prediction.hasOwnID, let text = prediction.question else {
      return byID[prediction.id].map { [$0] }
    }
    return byText[Array(text.utf8)] ?? byID[text].map { [$0] }
  }
}
