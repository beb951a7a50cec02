import ArgumentParser
import Foundation

/// Another program that keeps its model loaded and works whenever it is told to.
///
/// It is sent an empty line for each turn and answers with a line of JSON: of one that generates
/// `first_s` and `all_s`, the seconds to its first token and to its last, and `rss`, its resident
/// bytes; of one that learns `step_s` and `cpu_s`, the seconds of a step, its `loss`, and `peak`,
/// the most bytes it ever had.
final class TurnPeer {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  /// - Throws: when the command cannot be started.
  init(command: String) throws {
    let script = command.split(separator: " ").first { $0.hasSuffix(".py") } ?? "peer"
    let file = URL(filePath: String(script)).deletingPathExtension().lastPathComponent
    name = file.replacing(/^[a-z]+_/, with: "")
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
    let fields = try turn("first_s", "all_s")
    guard let first = fields["first_s"], let all = fields["all_s"], all > first else {
      throw ValidationError("expected all_s above first_s from the peer \(name)")
    }
    return Turn(first: first, all: all, residentBytes: fields["rss"] ?? .nan)
  }

  /// What the peer says of its next turn.
  ///
  /// - Parameter names: figures that must be among it, above 0.
  /// - Throws: `ValidationError` when they are not.
  func turn(_ names: String...) throws -> [String: Double] {
    try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }
      line += data
    }
    let fields = try? JSONSerialization.jsonObject(with: line) as? [String: Double]
    guard let fields, names.allSatisfy({ fields[$0] ?? 0 > 0 }) else {
      throw ValidationError(
        "expected a line with \(names.joined(separator: ", ")) from the peer \(name), found "
          + "\"\(String(decoding: line.prefix(80), as: UTF8.self))\"")
    }
    return fields
  }
}
