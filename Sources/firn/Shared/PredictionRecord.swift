import Reading
import Retrieval

/// One record of a predictions file, as far as evaluation reads it.
struct PredictionRecord {
  struct Evidence {
    let id: String
    /// Whether the reader's context held the passage.
    let packed: Bool
    /// Whether the passage bears an answer, where the record says.
    let hasAnswer: Bool?
  }
  /// Its own, or else its zero-based position in the file.
  let id: String
  let hasOwnID: Bool
  /// The question's text, where the record has it.
  let question: String?
  let prediction: String
  let confidence: Double?
  /// That the question has no answer, 0...1, where the record says.
  let noAnswerProbability: Double?
  let passages: [Evidence]
  /// Where the prediction stands, where the record says.
  let evidence: Prediction.Evidence?

  /// Whether a file holds predictions rather than a run.
  static func areIn(_ path: String) throws -> Bool {
    let head = try InputFile(path).head()
    return RunFormat.recognise(head) == nil && PredictionFormat.recognise(head) != nil
  }

  /// The predictions of a file in any format; a missing id is the zero-based position.
  /// - Throws: `InputError`, also for two predictions of one id.
  static func read(_ path: String) throws -> [PredictionRecord] {
    var predictions: [PredictionRecord] = []
    try forEach(path) { predictions.append($0) }
    return predictions
  }

  /// Calls `body` with every prediction; of JSON only one is held in memory at a time.
  static func forEach(_ path: String, _ body: (PredictionRecord) throws -> Void) throws {
    var position = 0
    try PredictionFile.forEachPrediction(path) { entry, line in
      guard let text = entry.text else {
        throw InputError(
          file: path, line: line, expected: "the text of an answer",
          found: "its place in a page of Natural Questions",
          hint: "firn convert --questions finds the texts")
      }
      try body(PredictionRecord(entry, text: text, position: position))
      position += 1
    }
  }

  private init(_ entry: PredictionEntry, text: String, position: Int) {
    id = entry.id ?? "\(position)"
    hasOwnID = entry.id != nil
    question = entry.question
    prediction = text
    confidence = entry.confidence
    noAnswerProbability = entry.noAnswerProbability
    passages = entry.passages.map {
      Evidence(id: $0.id, packed: $0.packed, hasAnswer: $0.hasAnswer)
    }
    evidence = entry.evidence
  }
}
