import ArgumentParser
import Retrieval

struct Retrieve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ranks the passages of an index for a file of questions.",
    discussion: """
      Where questions have answers, the formats dpr and jsonl say of every passage whether it \
      bears one, by DPR's rule. Run again after an interruption, it goes on where it stopped: until \
      the run is whole, its rankings stand in OUTPUT.journal.

      EXAMPLE: firn retrieve nq.jsonl --index wiki --output wiki.run.json --top 100
      """)

  @Argument(help: "File of questions, or - for standard input.")
  var questions: String
  @OptionGroup var search: SearchOptions
  @Option(help: "Passages in each ranking.")
  var top = 100
  @Option(help: "Format of the run (default: by the output's name, else dpr).")
  var format: RunFormat?
  @Flag(help: "Begin anew where an interrupted run left a journal.")
  var restart = false
  @Option(help: "Format of the questions (default: recognised).")
  var questionFormat: QuestionFormat?
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  /// Questions whose vectors are computed and compared together.
  private static let batchSize = 64

  func validate() throws {
    try requirePositive(top, "top")
  }

  func run() throws {
    let questions = try QuestionFile.read(self.questions, format: questionFormat)
    let retriever = try search.retriever()
    let line = ProgressLine(quiet: global.quiet)
    let sink = try sink(questions, retriever)
    if sink.count > 0 { global.note("going on behind \(sink.count) rankings of \(output.output)") }
    // A batch of which some rankings are there is ranked whole all the same: the last digits of the
    // scores hang on what is computed together.
    let first = sink.count / Self.batchSize * Self.batchSize
    for start in stride(from: first, to: questions.count, by: Self.batchSize) {
      try Interruption.check()
      let batch = questions[start..<min(start + Self.batchSize, questions.count)]
      if sink.count >= batch.endIndex { continue }
      let found = try retriever.rank(batch.map(\.text), top: top, rerank: search.rerank)
      try sink.append(zip(batch, found).map { Ranking($0, $1).judged() }, from: start)
      line.update("questions", batch.endIndex, of: questions.count)
    }
    try sink.finish()
  }

  private func sink(_ questions: [Question], _ retriever: Retriever) throws -> any RankingSink {
    let (path, format) = (output.output, format ?? formatByName)
    if OutputFile.isStream(path) { return try RunWriter(path: path, format: format) }
    return try RunJournal(
      of: path, format: format, questions: questions,
      settings: search.settings(of: retriever, top: top), restart: restart)
  }

  private var formatByName: RunFormat {
    if output.output.hasSuffix(".jsonl") { return .jsonl }
    return output.output.hasSuffix(".trec") ? .trec : .dpr
  }
}
