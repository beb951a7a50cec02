import ArgumentParser
import Foundation

/// Another program that keeps its model loaded and generates whenever it is told to.
///
/// It is sent an empty line for each turn and answers with a line of JSON: `first_s` and `all_s`, the
/// seconds to its first token and to its last, and `rss`, its resident bytes.
final class TurnPeer {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  /// - Throws: when the command cannot be started.
  init(command: String) throws {
    let script = command.split(separator: " ").first { $0.hasSuffix(".py") } ?? "peer"
    let file = URL(filePath: String(script)).deletingPathExtension().lastPathComponent
    name = file.replacing("generate_", with: "")
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "exec " + command]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// - Throws: `ValidationError` when the peer ends or says something else.
  func run() throws -> Turn {
    try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }
      line += data
    }
    let fields = try? JSONSerialization.jsonObject(with: line) as? [String: Double]
    guard let first = fields?["first_s"], let all = fields?["all_s"], first > 0, all > first else {
      throw ValidationError(
        "expected a line with first_s and all_s from the peer \(name), found "
          + "\"\(String(decoding: line.prefix(80), as: UTF8.self))\"")
    }
    return Turn(first: first, all: all, residentBytes: fields?["rss"] ?? .nan)
  }
}
