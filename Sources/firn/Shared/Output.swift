import ArgumentParser
import Foundation
import Retrieval

/// Where results go: standard output, or a file that gets its name when it is complete.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File for the results; - is standard output.", valueName: "file"))
  var output = "-"

  /// Writes a whole result, ending its last line.
  func write(_ text: String) throws {
    let file = try OutputFile(path: output)
    try file.write(text.hasSuffix("\n") ? text : text + "\n")
    try file.close()
  }

  /// Writes a document, its keys in alphabetical order.
  func writeJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try write(String(decoding: encoder.encode(value), as: UTF8.self))
  }
}
