import Evaluation
import Retrieval

/// One cell of an experiment with all that its predictions say, in the order of the questions.
struct ReportedSystem {
  let cell: ResultsFile.Cell
  /// The name of the experiment.
  let experiment: String
  let runPath: String
  let predictions: [PredictionRecord]
  let outcomes: [AnswerOutcome]
  /// Token F1 of each prediction, 0...1.
  let f1: [Double]
  /// Nil where no prediction tells what its passages bear.
  let split: ErrorSplit?
  /// These two are nil where predictions have no confidence.
  let riskCoverage: RiskCoverage?
  let calibration: CalibrationCurve?

  /// - Throws: `InputError`, also when the predictions do not give the exact match of the results.
  init(_ cell: ResultsFile.Cell, of results: ResultsFile, questions: [Question]) throws {
    let path = results.file(cell.predictions)
    let records = try PredictionRecord.read(path)
    let answers = try Judgement(questions: questions, file: results.path)
      .answers(records, path: path, partial: false)
    self.cell = cell
    experiment = results.name
    runPath = results.file(cell.run)
    let byID = Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
    predictions = questions.compactMap { byID[$0.id] }
    split = ErrorSplit(answers: answers)
    outcomes = split?.outcomes ?? answers.map { $0.outcome(under: .squad) }
    f1 = answers.map { AnswerNormalization.squad.tokenF1($0.prediction, golds: $0.golds) }
    let confidences = answers.map(\.confidence)
    let correct = outcomes.map { $0 == .right }
    riskCoverage = RiskCoverage(confidences: confidences, correct: correct)
    calibration = CalibrationCurve(confidences: confidences, correct: correct)
    try checkAgreement(path)
  }

  /// A page must not show questions that are not those behind its figures.
  private func checkAgreement(_ path: String) throws {
    guard let expected = cell.metrics["em"]?.value else { return }
    let found = Double(outcomes.count { $0 == .right }) / Double(outcomes.count)
    if abs(expected - found) > 1e-9 {
      throw InputError(
        file: path, expected: "exact match \(expected) as in the results of \(cell.name)",
        found: "\(found)", hint: "run the experiment again")
    }
  }

  /// The passages that the reader saw or answered from, for each question.
  var readPassages: [Set<String>] {
    predictions.map { prediction in
      var ids = Set(prediction.passages.filter(\.packed).map(\.id))
      if let evidence = prediction.evidence { ids.insert(evidence.id) }
      return ids
    }
  }
}
