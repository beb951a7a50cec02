import ArgumentParser
import Evaluation
import Retrieval

struct EvaluateCompare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Tests whether prediction files or runs differ by more than chance.",
    discussion: """
      All systems are judged on the same questions; p is McNemar's exact test where a question \
      is right or wrong, else a paired randomisation test. The first system is compared with each \
      of the others, or with --all-pairs each with each; then p (Holm) is p adjusted for the \
      number of comparisons. Intervals are not adjusted.

      EXAMPLE: firn evaluate compare new.jsonl old.jsonl --questions nq.jsonl
      """)

  @Argument(help: ArgumentHelp("Predictions or run of each system.", valueName: "system"))
  var systems: [String]
  @Option(help: "File of questions with their answers.")
  var questions: String?
  @Option(help: "File of relevance judgements, for runs.")
  var qrels: String?
  @Option(help: "Rule that makes two spellings of an answer equal.")
  var normalize = AnswerNormalization.squad
  @Option(help: "Depths of recall, separated by commas.")
  var at = Depths()
  @Flag(help: "Compare each system with each other one.")
  var allPairs = false
  @Option(
    help: ArgumentHelp(
      "Write the questions on which the systems differ, as JSON Lines.", valueName: "file"))
  var differences: String?
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (questions == nil) == (qrels == nil) {
      throw ValidationError("expected --questions or --qrels, found both or none")
    }
    if systems.count < 2 || systems.contains("-") {
      throw ValidationError(
        "expected two or more files, found \(systems.contains("-") ? "-" : "\(systems.count)")")
    }
  }

  func run() throws {
    let comparison = try areAnswers() ? compareAnswers() : compareRuns()
    if let differences {
      let file = try OutputFile(path: differences)
      for line in try comparison.differences.map(SystemDifference.line) {
        try file.write(line + "\n")
      }
      try file.close()
    }
    if evaluation.json {
      try output.writeJSON(comparison)
    } else {
      try output.write(comparison.table())
    }
  }

  private var pairs: [(Int, Int)] {
    systems.indices.flatMap { a in
      systems.indices.filter { $0 > a && (allPairs || a == 0) }.map { (a, $0) }
    }
  }

  private func areAnswers() throws -> Bool {
    let kinds = try systems.map(PredictionRecord.areIn)
    if let other = kinds.firstIndex(where: { $0 != kinds[0] }) {
      throw InputError(
        file: systems[other],
        expected: kinds[0] ? "predictions, as in \(systems[0])" : "a run, as in \(systems[0])",
        found: kinds[0] ? "a run" : "predictions")
    }
    return kinds[0]
  }

  private func compareAnswers() throws -> SystemComparison {
    guard let questions else {
      throw InputError(
        file: systems[0], expected: "a run, to go with --qrels", found: "predictions")
    }
    let judgement = try evaluation.judgement(questions)
    let answers = try systems.map { try judgement.answers(in: $0) }
    return SystemComparison(
      systems: systems, pairs: pairs,
      differences: SystemDifference.between(
        answers, of: systems, on: judgement.questions, normalize)
    ) { a, b in
      ComparisonReport(
        a: answers[a], b: answers[b], normalization: normalize, bootstrap: evaluation.bootstrap)
    }
  }

  private func compareRuns() throws -> SystemComparison {
    let file = questions ?? qrels ?? ""
    let judgement = try questions.map(evaluation.judgement)
    let judgements = try qrels.map(QrelsFile.read)
    let ids = judgement?.questions.map(\.id) ?? judgements.map { Array($0.keys) } ?? []
    let runs = try systems.map(Run.init)
    let goesByAnswer = judgement.map { runs.allSatisfy($0.goesByAnswer) } ?? false
    let rankings = try runs.map { run in
      try run.require(ids, of: file)
      guard let judgement else { return run.judged(by: judgements ?? [:]) }
      return goesByAnswer ? try judgement.byAnswer(run) : judgement.byGoldPassage(run)
    }
    return SystemComparison(
      systems: systems, pairs: pairs,
      differences: SystemDifference.between(
        rankings, of: systems, on: judgement?.questions ?? [])
    ) { a, b in
      ComparisonReport(
        a: rankings[a], b: rankings[b], at: at.values, bootstrap: evaluation.bootstrap)
    }
  }
}
