import ArgumentParser
import Models
import Retrieval

struct ModelTokenize: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Splits texts into a model's tokens.",
    discussion: """
      Gives {"ids","tokens"} for every text, special tokens included as the model reads them. The \
      input has one text a line, or JSON records with the field "text".
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @OptionGroup var output: OutputOptions
  @Option(help: "A text.") var text: String?
  @Option(help: ArgumentHelp("A file of texts; - is standard input.", valueName: "file"))
  var input: String?
  @Flag(help: "Leave out what the model expects around a text.") var noSpecialTokens = false

  private struct Record: Encodable {
    let ids: [Int32]
    let tokens: [String]
  }

  func validate() throws {
    if (text == nil) == (input == nil) {
      throw ValidationError("expected either --text or --input")
    }
  }

  func run() throws {
    let tokenizer = try TokenizerFolder.load(try model.folder())
    let records = RecordEncoder()
    let file = try OutputFile(path: output.output)
    func write(_ text: String) throws {
      let ids = tokenizer.encode(text, addingSpecialTokens: !noSpecialTokens).ids
      let record = Record(ids: ids, tokens: ids.compactMap(tokenizer.token))
      try file.write(records.line(record) + "\n")
    }
    if let text { try write(text) }
    if let input {
      let texts = try TextLines(path: input)
      while let text = try texts.next() {
        try Interruption.check()
        try write(text)
      }
    }
    try file.close()
  }
}
