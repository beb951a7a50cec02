import ArgumentParser
import Evaluation

struct EvaluateAnswers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answers",
    abstract: "Exact match, F1, recall at the reader's input and calibration of predictions.",
    discussion: """
      Recall at the reader's input (reader_recall) asks whether a packed passage bears an answer; \
      it needs has_answer in the predictions' passages, or --index.

      EXAMPLE: firn evaluate answers wiki.predictions.jsonl --questions nq.jsonl
      """)

  @Argument(help: "File of predictions, or - for standard input.")
  var predictions: String
  @Option(help: "File of questions with their answers.")
  var questions: String
  @Option(help: "Rule that makes two spellings of an answer equal.")
  var normalize = AnswerNormalization.squad
  @Flag(help: "Judge only the questions that have a prediction.")
  var partial = false
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let answers = try evaluation.judgement(questions).answers(
      PredictionRecord.read(predictions), path: predictions, partial: partial)
    let report = MetricReport(
      answers: answers, normalization: normalize, bootstrap: evaluation.bootstrap)
    if evaluation.json {
      try output.writeJSON(report)
    } else {
      try output.write(report.table())
    }
  }
}
