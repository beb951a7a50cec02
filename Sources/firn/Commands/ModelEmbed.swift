import ArgumentParser
import Models
import Retrieval
import Tensors

struct ModelEmbed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Turns texts into vectors.",
    discussion: #"Reads JSON Lines {"id","text"} and gives {"id","vector"}."#)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @OptionGroup var output: OutputOptions
  @Option(help: ArgumentHelp("JSON Lines; - is standard input.", valueName: "file"))
  var input: String
  @Option(help: ArgumentHelp("What stands before each text.", valueName: "text"))
  var prefix = ""
  @Option(help: "How texts are encoded; int8 is faster.")
  var precision = Precision.float32

  private struct Record: Encodable {
    let id: String
    let vector: [Float]
  }

  func run() throws {
    let encoder = try SentenceEncoder(
      folder: try model.folder(), name: model.name, precision)
    let texts = try FieldRecords(path: input, fields: ["text"])
    let records = RecordEncoder()
    let file = try OutputFile(path: output.output)
    let progress = ProgressLine(quiet: global.quiet)
    var (done, truncated) = (0, 0)
    while case let batch = try texts.next(256), !batch.isEmpty {
      try Interruption.check()
      let embedded = encoder.embed(batch.map { prefix + $0.values[0] })
      for (index, text) in batch.enumerated() {
        let row = index * encoder.width..<(index + 1) * encoder.width
        let vector = Array(embedded.vectors[row])
        try file.write(records.line(Record(id: text.id, vector: vector)) + "\n")
      }
      done += batch.count
      truncated += embedded.truncated
      progress.update("embedded", done, of: nil)
    }
    try file.close()
    if truncated > 0 { global.note("\(truncated) texts cut to \(encoder.maxTokens) tokens") }
  }
}
