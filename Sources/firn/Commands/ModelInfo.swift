import ArgumentParser
import Models

struct ModelInfo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Says what a model is.")

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @OptionGroup var output: OutputOptions
  @Flag(help: "Print one JSON document.") var json = false

  private struct Facts: Encodable {
    let name, folder, type: String
    let architectures: [String]
    let layers, width, heads, hidden, vocabulary: Int
    let maxTokens: Int?
    let parameters: Int
    let dtype: String
    let weights: [String]
    let sha256, tokenizer: String
  }

  func run() throws {
    let folder = try model.folder()
    let weights = try WeightFiles(folder: folder)
    let summary = try ModelSummary(ModelConfiguration(path: folder + "/config.json"), weights)
    let facts = Facts(
      name: model.name, folder: folder, type: summary.type, architectures: summary.architectures,
      layers: summary.layers, width: summary.width, heads: summary.heads, hidden: summary.hidden,
      vocabulary: summary.vocabulary, maxTokens: summary.maxTokens,
      parameters: summary.parameters, dtype: summary.numbers, weights: weights.paths,
      sha256: try weights.sha256(),
      tokenizer: try TokenizerFolder.load(folder).kind.rawValue)
    if json { return try output.writeJSON(facts) }
    try output.write(text(facts))
  }

  private func text(_ facts: Facts) -> String {
    """
    model         \(facts.name)
    folder        \(facts.folder)
    type          \(facts.type) (\(facts.architectures.joined(separator: ", ")))
    layers        \(facts.layers)
    width         \(facts.width)
    heads         \(facts.heads)
    hidden        \(facts.hidden)
    vocabulary    \(facts.vocabulary)
    tokenizer     \(facts.tokenizer)
    longest text  \(facts.maxTokens.map { "\($0) tokens" } ?? "no limit")
    parameters    \(facts.parameters)
    dtype         \(facts.dtype)
    SHA-256       \(facts.sha256)

    """
  }
}
