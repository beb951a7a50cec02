import ArgumentParser
import Foundation
import Models

struct Model: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Models by themselves, for inspection and for scripts.",
    subcommands: [
      ModelList.self, ModelPull.self, ModelInfo.self, ModelTokenize.self, ModelEmbed.self,
      ModelScore.self, ModelGenerate.self,
    ])
}

/// The model that a command is about.
struct ModelArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A model's folder, its alias (minilm) or its hub id (org/name).", valueName: "model"))
  var name: String

  func folder() throws -> String { try ModelFolder.resolve(name) }
}

/// Records as lines of JSON, keys in alphabetical order.
struct RecordEncoder {
  private let encoder = JSONEncoder()

  init() { encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes] }

  func line(_ record: some Encodable) throws -> String {
    String(decoding: try encoder.encode(record), as: UTF8.self)
  }
}
