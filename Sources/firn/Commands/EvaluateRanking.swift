import ArgumentParser
import Evaluation
import Retrieval

struct EvaluateRanking: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranking",
    abstract: "Recall@k, MRR, nDCG and other figures of a run.",
    discussion: """
      With --questions a passage counts when it bears an answer, by DPR's rule unless --match \
      says otherwise; where the questions name the passage that they were asked about, a second \
      set of figures counts that passage only. With --qrels judged relevance counts, as in \
      trec_eval -c: a run in columns goes by its scores in single precision, equal ones by falling \
      passage id, never by its ranks.

      EXAMPLE: firn evaluate ranking wiki.run.json --questions nq.jsonl --at 1,20
      """)

  @Argument(
    help: ArgumentHelp(
      "The run (dpr, jsonl or trec), or - for standard input.", valueName: "run"))
  var path: String
  @Option(help: "File of questions with their answers.")
  var questions: String?
  @Option(help: "File of relevance judgements.")
  var qrels: String?
  @Option(help: "Depths of recall, separated by commas.")
  var at = Depths()
  @OptionGroup var evaluation: EvaluationOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (questions == nil) == (qrels == nil) {
      throw ValidationError("expected --questions or --qrels, found both or none")
    }
  }

  func run() throws {
    let reports = try reports(Run(path))
    if evaluation.json {
      try output.writeJSON(Document(main: reports[0].report, others: reports.dropFirst()))
    } else {
      let tables = reports.map { "by \($0.rule): \($0.report.table())" }
      try output.write(tables.joined(separator: "\n\n"))
    }
  }

  private typealias Judged = (rule: String, report: MetricReport)

  private func reports(_ run: Run) throws -> [Judged] {
    var reports: [Judged] = []
    func add(_ rule: String, _ rankings: [RankedQuestion]) {
      if rankings.isEmpty { return }
      let report = MetricReport(
        rankings: rankings, at: at.values, bootstrap: evaluation.bootstrap)
      reports.append((rule, report))
    }
    let file = questions ?? qrels ?? ""
    if let qrels {
      let judgements = try QrelsFile.read(qrels)
      try run.require(judgements.keys, of: file)
      add("judgements", run.judged(by: judgements))
    } else {
      let judgement = try evaluation.judgement(file)
      try run.require(judgement.questions.map(\.id), of: file)
      if judgement.goesByAnswer(run) { add("answer", try judgement.byAnswer(run)) }
      add("gold passage", judgement.byGoldPassage(run))
    }
    if reports.isEmpty {
      throw InputError(file: file, expected: "questions that can be judged", found: "none")
    }
    return reports
  }

  /// The first set of figures under the names that every report uses, others beside it.
  private struct Document: Encodable {
    let main: MetricReport
    let others: ArraySlice<Judged>

    private struct Key: CodingKey {
      let stringValue: String
      let intValue: Int? = nil
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      try main.encode(to: encoder)
      var fields = encoder.container(keyedBy: Key.self)
      for (rule, report) in others {
        let name = "by_" + rule.replacing(" ", with: "_")
        try fields.encode(report, forKey: Key(stringValue: name))
      }
    }
  }
}
