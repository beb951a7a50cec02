import ArgumentParser

struct ModelGenerate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Continues a text; no model of this version can yet.")

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @Option(help: "The text to go on from.") var text: String
  @Option(help: "Tokens to generate at most.") var maxTokens = 32
  @Flag(help: "Also give the first step's logits.") var logits = false

  func run() throws {
    _ = try model.folder()
    throw ValidationError(
      "expected a generative model, found \(model.name): this version runs encoders only")
  }
}
