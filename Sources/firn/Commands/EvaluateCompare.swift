import ArgumentParser
import Evaluation
import Retrieval

struct EvaluateCompare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Tests whether two prediction files or two runs differ by more than chance.",
    discussion: """
      Both systems are judged on the same questions; p is McNemar's exact test where a question \
      is right or wrong, else a paired randomisation test.

      EXAMPLE: firn evaluate compare new.jsonl old.jsonl --questions nq.jsonl
      """)

  @Argument(help: "Predictions or run of system A.")
  var a: String
  @Argument(help: "The same of system B.")
  var b: String
  @Option(help: "File of questions with their answers.")
  var questions: String?
  @Option(help: "File of relevance judgements, for runs.")
  var qrels: String?
  @Option(help: "Rule that makes two spellings of an answer equal.")
  var normalize = AnswerNormalization.squad
  @Option(help: "Depths of recall, separated by commas.")
  var at = Depths()
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (questions == nil) == (qrels == nil) {
      throw ValidationError("expected --questions or --qrels, found both or none")
    }
    if a == "-" || b == "-" {
      throw ValidationError("expected two files, found - for standard input")
    }
  }

  func run() throws {
    let report = try areAnswers() ? compareAnswers() : compareRuns()
    if evaluation.json {
      try output.writeJSON(report)
    } else {
      try output.write(report.table())
    }
  }

  private func areAnswers() throws -> Bool {
    let kinds = try [a, b].map(PredictionRecord.areIn)
    if kinds[0] != kinds[1] {
      throw InputError(
        file: b, expected: kinds[0] ? "predictions, as in \(a)" : "a run, as in \(a)",
        found: kinds[0] ? "a run" : "predictions")
    }
    return kinds[0]
  }

  private func compareAnswers() throws -> ComparisonReport {
    guard let questions else {
      throw InputError(file: a, expected: "a run, to go with --qrels", found: "predictions")
    }
    let judgement = try evaluation.judgement(questions)
    let answers = try [a, b].map {
      try judgement.answers(PredictionRecord.read($0), path: $0, partial: false)
    }
    return ComparisonReport(
      a: answers[0], b: answers[1], normalization: normalize, bootstrap: evaluation.bootstrap)
  }

  private func compareRuns() throws -> ComparisonReport {
    let file = questions ?? qrels ?? ""
    let judgement = try questions.map(evaluation.judgement)
    let judgements = try qrels.map(QrelsFile.read)
    let ids = judgement?.questions.map(\.id) ?? judgements.map { Array($0.keys) } ?? []
    let runs = try [a, b].map(Run.init)
    let goesByAnswer = judgement.map { runs.allSatisfy($0.goesByAnswer) } ?? false
    let rankings = try runs.map { run in
      try run.require(ids, of: file)
      guard let judgement else { return run.judged(by: judgements ?? [:]) }
      return goesByAnswer ? try judgement.byAnswer(run) : judgement.byGoldPassage(run)
    }
    return ComparisonReport(
      a: rankings[0], b: rankings[1], at: at.values, bootstrap: evaluation.bootstrap)
  }
}
