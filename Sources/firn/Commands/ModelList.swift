import ArgumentParser
import Models

struct ModelList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the models that names find.")

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @Flag(help: "Print one JSON document.") var json = false

  private struct Entry: Encodable {
    let name, folder: String
  }

  func run() throws {
    let entries = ModelFolder.list().map { Entry(name: $0.name, folder: $0.folder) }
    if json { return try output.writeJSON(entries) }
    if entries.isEmpty { return global.note("no models; `make model` brings minilm") }
    try output.write(entries.map { "\($0.name)\t\($0.folder)\n" }.joined())
  }
}
