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
    let layers, width, heads, hidden, vocabulary, maxTokens, parameters: Int
    let weights: [String]
    let sha256, tokenizer: String
  }

  func run() throws {
    let folder = try model.folder()
    let checkpoint = try Checkpoint(folder: folder)
    let bert = checkpoint.configuration
    let tokenizer = try TokenizerFolder.load(folder)
    // Old files hold the positions' numbers too, which nobody learned.
    let learned = checkpoint.names.filter { !$0.hasSuffix("position_ids") }
    let parameters = learned.map { checkpoint.shape(of: $0)?.reduce(1, *) ?? 0 }
    let facts = Facts(
      name: model.name, folder: folder, type: bert.modelType, architectures: bert.architectures,
      layers: bert.layerCount, width: bert.hiddenSize, heads: bert.headCount,
      hidden: bert.intermediateSize, vocabulary: bert.vocabularySize, maxTokens: bert.maxPositions,
      parameters: parameters.reduce(0, +), weights: checkpoint.weightFiles,
      sha256: try checkpoint.weightsSHA256(), tokenizer: tokenizer.kind.rawValue)
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
    longest text  \(facts.maxTokens) tokens
    parameters    \(facts.parameters)
    SHA-256       \(facts.sha256)

    """
  }
}
