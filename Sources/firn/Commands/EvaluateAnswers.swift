import ArgumentParser
import Evaluation

struct EvaluateAnswers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answers",
    abstract: "Exact match, F1, recall at the reader's input and calibration of predictions.",
    discussion: """
      Recall at the reader's input (reader_recall) asks whether a packed passage bears an answer; \
      it needs has_answer in the predictions' passages, or --index. So does the split of the \
      questions into those answered right, not retrieved, not packed, not read and not matched.

      With --normalize regex the answers are patterns; add --match regex, and --index, to judge \
      passages by them too.

      EXAMPLE: firn evaluate answers wiki.predictions.jsonl --questions nq.jsonl
      """)

  @Argument(help: "File of predictions, or - for standard input.")
  var predictions: String
  @Option(help: "File of questions with their answers.")
  var questions: String
  @Option(help: "Rule that makes two spellings of an answer equal, or all three beside each other.")
  var normalize = NormalizationChoice()
  @Flag(help: "Judge only the questions that have a prediction.")
  var partial = false
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let answers = try evaluation.judgement(questions).answers(
      in: predictions, partial: partial)
    let figures = AnswerFigures(answers, normalize, evaluation.bootstrap)
    if evaluation.json {
      try output.writeJSON(figures)
    } else {
      try output.write(figures.table())
    }
  }
}

/// All that is said of one system's answers; it encodes as the report, with `curves`, `errors` and
/// `thresholds` beside it where they are defined.
private struct AnswerFigures: Encodable {
  private let report: MetricReport
  private let errors: ErrorSplit?
  private let calibration: CalibrationCurve?
  private let riskCoverage: RiskCoverage?
  /// The confidences below which abstaining makes the best figures, by metric.
  private let thresholds: [String: Double]

  init(_ answers: [ScoredAnswer], _ rules: NormalizationChoice, _ bootstrap: Bootstrap) {
    let scores = answers.map { rules.main.score($0.prediction, golds: $0.golds) }
    let confidences = answers.map(\.confidence)
    let correct = scores.map(\.exactMatch)
    let report = MetricReport(
      answers: answers, normalization: rules.main, beside: rules.others, bootstrap: bootstrap)
    let best = [
      "em": AbstentionThreshold(answers: answers, scores: correct.map { $0 ? 1 : 0 }),
      "f1": AbstentionThreshold(answers: answers, scores: scores.map(\.f1)),
    ]
    self.report = report
    errors = ErrorSplit(answers: answers, normalization: rules.main, bootstrap: bootstrap)
    calibration = CalibrationCurve(confidences: confidences, correct: correct)
    riskCoverage = RiskCoverage(confidences: confidences, correct: correct)
    thresholds = best.compactMapValues { $0?.confidence }
      .filter { report[$0.key + "_best"] != nil }
  }

  func table() -> String {
    [report.table(), errors?.table()].compactMap { $0 }.joined(separator: "\n\n")
  }

  private enum Key: String, CodingKey { case errors, curves, thresholds }
  private enum Curve: String, CodingKey {
    case calibration
    case riskCoverage = "risk_coverage"
  }

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encodeIfPresent(errors, forKey: .errors)
    if !thresholds.isEmpty { try fields.encode(thresholds, forKey: .thresholds) }
    guard let calibration, let riskCoverage else { return }
    var curves = fields.nestedContainer(keyedBy: Curve.self, forKey: .curves)
    try curves.encode(calibration, forKey: .calibration)
    try curves.encode(riskCoverage, forKey: .riskCoverage)
  }
}
