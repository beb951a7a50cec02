import ArgumentParser
import Retrieval

struct Retrieve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ranks the passages of an index for a file of questions.",
    discussion: """
      Where questions have answers, the formats dpr and jsonl say of every passage whether it \
      bears one, by DPR's rule.

      EXAMPLE: firn retrieve nq.jsonl --index wiki --output wiki.run.json --top 100
      """)

  @Argument(help: "File of questions, or - for standard input.")
  var questions: String
  @OptionGroup var search: SearchOptions
  @Option(help: "Passages in each ranking.")
  var top = 100
  @Option(help: "Format of the run (default: by the output's name, else dpr).")
  var format: RunFormat?
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
    let writer = try RunWriter(path: output.output, format: format ?? formatByName)
    for start in stride(from: 0, to: questions.count, by: Self.batchSize) {
      try Interruption.check()
      let batch = questions[start..<min(start + Self.batchSize, questions.count)]
      let found = try retriever.rank(batch.map(\.text), top: top, rerank: search.rerank)
      for (question, passages) in zip(batch, found) {
        try writer.append(Ranking(question, passages).judged())
      }
      line.update("questions", batch.endIndex, of: questions.count)
    }
    try writer.close()
  }

  private var formatByName: RunFormat {
    if output.output.hasSuffix(".jsonl") { return .jsonl }
    return output.output.hasSuffix(".trec") ? .trec : .dpr
  }
}
