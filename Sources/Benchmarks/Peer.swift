import ArgumentParser
import Foundation

/// Another program that does the same work and times itself.
final class Peer {
  /// The word behind the script's name, or the command.
  let name: String
  private let command: String
  private let file: URL

  /// Writes the records to a temporary file for the peer.
  init(command: String, records: [[String: String]]) throws {
    self.command = command
    let words = command.split(separator: " ").map(String.init)
    let script = words.firstIndex { $0.hasSuffix(".py") }
    name = script.flatMap { words.dropFirst($0 + 1).first } ?? command
    file = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID()).jsonl")
    let lines = try records.map { record in
      let line = try JSONSerialization.data(withJSONObject: record)
      return String(decoding: line, as: UTF8.self) + "\n"
    }
    try Data(lines.joined().utf8).write(to: file)
  }

  deinit { try? FileManager.default.removeItem(at: file) }

  /// The rates that the peer reports; where it has no processor time, time stands for it.
  ///
  /// - Throws: `ValidationError` when it fails or its last line has no `passages_s`.
  func run() throws -> Rate {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command + " \"$1\"", "sh", file.path]
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let line = output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    let fields = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    guard process.terminationStatus == 0, let rate = fields?["passages_s"] as? Double, rate > 0
    else {
      throw ValidationError(
        "expected a last line with passages_s from the peer, found status "
          + "\(process.terminationStatus) and \"\(line.prefix(80))\"")
    }
    return Rate(wall: rate, cpu: fields?["cpu_passages_s"] as? Double ?? rate)
  }
}
