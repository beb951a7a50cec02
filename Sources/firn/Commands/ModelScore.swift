import ArgumentParser
import Models
import Retrieval
import Tensors

struct ModelScore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Scores passages for questions with a cross-encoder.",
    discussion: #"Reads JSON Lines {"id","question","passage"} and gives {"id","score"}."#)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @OptionGroup var output: OutputOptions
  @Option(help: ArgumentHelp("JSON Lines; - is standard input.", valueName: "file"))
  var input: String
  @Option(help: "How pairs are scored; int8 is faster.")
  var precision = Precision.float32

  private struct Record: Encodable {
    let id: String
    let score: Float
  }

  func run() throws {
    let encoder = try CrossEncoder(
      folder: try model.folder(), name: model.name, precision)
    let pairs = try FieldRecords(path: input, fields: ["question", "passage"])
    let records = RecordEncoder()
    let file = try OutputFile(path: output.output)
    let progress = ProgressLine(quiet: global.quiet)
    var (done, truncated) = (0, 0)
    while case let batch = try pairs.next(256), !batch.isEmpty {
      try Interruption.check()
      let scored = encoder.score(pairs: batch.map { ($0.values[0], $0.values[1]) })
      for (pair, score) in zip(batch, scored.scores) {
        try file.write(records.line(Record(id: pair.id, score: score)) + "\n")
      }
      done += batch.count
      truncated += scored.truncated
      progress.update("scored", done, of: nil)
    }
    try file.close()
    if truncated > 0 { global.note("\(truncated) pairs cut to \(encoder.maxTokens) tokens") }
  }
}
