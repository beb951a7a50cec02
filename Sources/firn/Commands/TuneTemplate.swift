import ArgumentParser
import Evaluation
import Foundation
import Reading
import Retrieval
import Tensors
import Tuning

struct TuneTemplate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template",
    abstract: "Chooses template and demonstrations for a reader that writes its answers.",
    discussion: """
      For readers without gradients, behind an address or here. All candidates are asked the same \
      questions, the worse half goes, the rest are asked further ones, until the calls of the \
      budget are made. The table says how sure the choice is; the score of the first is of the \
      questions that it was chosen on, so measure it on others.

      OUTPUT is a file for --template, OUTPUT.shots.jsonl one for --shots. OUTPUT.calls.jsonl keeps \
      what was answered: interrupted, the same command makes the calls that are left.

      EXAMPLE: firn tune template --reader https://host/v1 --index wiki --questions dev.jsonl \
      --train train.jsonl --budget 500 --output best.yaml
      """)

  @OptionGroup var reader: ReaderOptions
  @OptionGroup var retrieval: RetrievalOptions
  @Option(help: "File of questions with answers to choose on.") var questions: String
  @Option(help: "File of questions with answers to draw demonstrations from.") var train: String?
  @Option(help: "Calls of the reader in all.") var budget: Int
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Templates to choose from (default: the reader's usual one, ralm, flan and instruct).",
      valueName: "name|file"))
  var templates: [String] = []
  @Option(help: "Numbers of demonstrations to choose from (default: 0,2,4; 0 without --train).")
  var shotCounts: ShotCounts?
  @Option(help: "Sets of demonstrations of each number.") var sets = 2
  @Option(help: "What is best: exact match or F1.") var metric = TemplateTrial.Metric.f1
  @Option(help: "Where the template goes.") var output: String
  @Flag(help: "Print one JSON document.") var json = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try requirePositive(budget, "budget")
    try requirePositive(sets, "sets")
    guard reader.generative.template == nil, reader.generative.shots == nil else {
      throw ValidationError("expected --templates and --train, found --template or --shots")
    }
    guard retrieval.index != nil || reader.generative.closedBook else {
      throw ValidationError("expected --index or --closed-book")
    }
    guard train != nil || shotCounts?.values ?? [0] == [0] else {
      throw ValidationError("--shot-counts: expected --train to draw demonstrations from")
    }
  }

  func run() async throws {
    let engine = try await AnsweringEngine.load(
      reader, retrieval, ranks: retrieval.index != nil)
    guard let answerer = engine.answerer as? GenerativeAnswerer else {
      throw ValidationError(
        "--reader: expected a model that writes its answers, found \(reader.reader)")
    }
    let dev = try shuffled()
    let candidates = TemplateCandidate.all(
      try named(usual: answerer.packer.template), counts: counts, sets: sets,
      from: try pool(without: dev), seed: reader.seed)
    let least = SuccessiveHalving.leastBudget(candidates: candidates.count)
    guard budget >= least else {
      throw ValidationError(
        "--budget: expected at least \(least) for \(candidates.count) candidates, found \(budget)")
    }
    let journal = try CallJournal(path: output + ".calls.jsonl", settings: settings(engine))
    let trial = TemplateTrial(engine, answerer, dev, metric, journal)
    let search = SuccessiveHalving(
      candidates: candidates.count, questions: dev.count, budget: budget)
    let progress = ProgressLine(quiet: global.quiet)
    let result = try await search.run(
      begin: { round in
        global.note(
          "round \(round.number): \(round.survivors.count) candidates, questions "
            + "\(round.questions.lowerBound + 1) to \(round.questions.upperBound)")
      },
      score: { candidate, range in
        try await trial.scores(candidates[candidate], range) { _ in
          progress.update("calls", journal.count, of: budget)
        }
      })
    try write(candidates[result.chosen])
    try report(result, candidates)
  }

  // MARK: Candidates

  private var counts: [Int] { shotCounts?.values ?? (train == nil ? [0] : [0, 2, 4]) }

  private func named(
    usual: PromptTemplate
  ) throws -> [(name: String, template: PromptTemplate)] {
    let known = PromptTemplate.named.filter { $0.value == usual }.keys.sorted()
    var seen: Set<String> = []
    let names = templates.isEmpty ? known + ["ralm", "flan", "instruct"] : templates
    return try names.filter { seen.insert($0).inserted }.map { name in
      (name, try PromptTemplate.named[name] ?? PromptTemplate(file: name))
    }
  }

  /// The questions to choose on, in an order that hangs on the seed alone.
  private func shuffled() throws -> [Question] {
    let all = try answered(questions)
    let order = Permutation(count: all.count, seed: reader.seed)
    return all.indices.map { all[order[$0]] }
  }

  /// What demonstrations are drawn from: none of the questions to choose on.
  private func pool(without dev: [Question]) throws -> [Question] {
    guard let train else { return [] }
    func words(_ question: Question) -> String {
      AnswerNormalization.squad.normalize(question.text)
    }
    let asked = Set(dev.map(words))
    let pool = try answered(train).filter { !asked.contains(words($0)) }
    let most = counts.max() ?? 0
    guard pool.count >= most else {
      throw InputError(
        file: train, expected: "\(most) questions with answers that \(questions) does not have",
        found: "\(pool.count)")
    }
    return pool
  }

  private func answered(_ file: String) throws -> [Question] {
    let questions = try QuestionFile.read(file).filter { !$0.answers.isEmpty }
    guard !questions.isEmpty else {
      throw InputError(file: file, expected: "questions with answers", found: "none")
    }
    return questions
  }

  /// What the answers in the journal hang on. The budget is no part of it: with a larger one, the
  /// search goes on from what is known.
  private func settings(_ engine: AnsweringEngine) throws -> [String: String] {
    var settings = try engine.settings
    settings["questions"] = try AnsweringEngine.checksum(questions)
    settings["train"] = try train.map { try AnsweringEngine.checksum($0) } ?? "none"
    settings["templates"] = try templates.map {
      PromptTemplate.named[$0] == nil ? try AnsweringEngine.checksum($0) : $0
    }.joined(separator: " ")
    settings["demonstrations"] = "\(counts) × \(sets), seed \(reader.seed)"
    return settings
  }

  // MARK: Results

  private var shotsPath: String { output + ".shots.jsonl" }

  private func write(_ candidate: TemplateCandidate) throws {
    let file = try OutputFile(path: output)
    try file.write(candidate.template.yaml)
    try file.close()
    try? FileManager.default.removeItem(atPath: shotsPath)
    if candidate.shots.isEmpty { return }
    let writer = try QuestionWriter(path: shotsPath, format: .nqOpen)
    for shot in candidate.shots { try writer.append(shot) }
    try writer.close()
  }

  private struct Document: Encodable {
    let metric, template: String
    let shots: String?
    let calls: Int
    let candidates: [ChoiceReport.Row]
  }

  private func report(
    _ result: SuccessiveHalving.Result, _ candidates: [TemplateCandidate]
  ) throws {
    let report = ChoiceReport(
      metric: metric.rawValue, names: candidates.map(\.name), scores: result.scores,
      chosen: result.chosen, bootstrap: Bootstrap(seed: reader.seed))
    let shots = candidates[result.chosen].shots.isEmpty ? nil : shotsPath
    var console = OutputOptions()
    console.output = "-"
    if json {
      try console.writeJSON(
        Document(
          metric: metric.rawValue, template: output, shots: shots, calls: result.calls,
          candidates: report.rows))
    } else {
      let use = "use --template \(output)" + (shots.map { " --shots \($0)" } ?? "")
      try console.write("\(report.table())\n\(result.calls) calls\n\(use)")
    }
  }
}

extension TemplateTrial.Metric: ExpressibleByArgument {}

/// Numbers of demonstrations, as in `0,2,4`.
struct ShotCounts: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Int($0).flatMap { $0 >= 0 ? $0 : nil }
    }
    values = Set(numbers.compactMap { $0 }).sorted()
    if numbers.contains(nil) { return nil }
  }
}
