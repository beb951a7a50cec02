import ArgumentParser
import Models

struct ModelPull: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Says where a model is, or how to get it.",
    discussion: """
      This version downloads nothing: `make model` in the checkout brings minilm, and other models \
      are folders that you put below models/ or $FIRN_MODELS.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @OptionGroup var output: OutputOptions

  func run() throws {
    do {
      try output.write(try model.folder())
    } catch let error as MissingModelError {
      let remedy =
        model.name == "minilm"
        ? "`make model` in the checkout brings it"
        : "put its folder, as HuggingFace lays it out, below models/ or $FIRN_MODELS"
      global.note("this version downloads no models: \(remedy)")
      throw error
    }
  }
}
