import Foundation
import Native
import Retrieval

/// What a reader was asked and answered, one JSON record a line, so that no call is made twice when
/// the same command is run again.
///
/// The first line holds what the answers hang on; a last line without its end is cut off.
final class CallJournal {
  struct Call: Codable {
    let candidate, question, prediction: String
  }

  private struct Head: Codable, Equatable { let settings: [String: String] }

  private struct Key: Hashable { let candidate, question: String }

  private var predictions: [Key: String] = [:]
  private let file: FileWriter
  private let lock: FileLock

  /// Opens the file to go on, or begins it.
  ///
  /// - Throws: `InputError` when it was made with other settings, is damaged, or is being written by
  ///   another process; `FileError` when it cannot be written.
  init(path: String, settings: [String: String]) throws {
    guard let lock = try FileLock(path: path, creating: true) else {
      throw InputError(beingWritten: path)
    }
    self.lock = lock
    let data = try Data(contentsOf: URL(filePath: path))
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    let decoder = JSONDecoder()
    for (index, line) in lines.enumerated() {
      let place = { (expected: String) in
        InputError(
          file: path, line: index + 1, expected: expected, found: InputError.quoted(Array(line)),
          hint: "remove it to begin anew, or name another output")
      }
      if index == 0 {
        guard (try? decoder.decode(Head.self, from: line)) == Head(settings: settings) else {
          throw place("calls of the same questions, reader and settings")
        }
      } else {
        guard let call = try? decoder.decode(Call.self, from: line) else { throw place("a call") }
        predictions[Key(candidate: call.candidate, question: call.question)] = call.prediction
      }
    }
    file = try FileWriter(path: path, length: lines.reduce(0) { $0 + $1.count + 1 })
    if lines.isEmpty { try append([Head(settings: settings)]) }
  }

  /// Calls that were made.
  var count: Int { predictions.count }

  /// What was answered, if it was asked.
  func prediction(_ candidate: String, _ question: String) -> String? {
    predictions[Key(candidate: candidate, question: question)]
  }

  /// Adds calls; they are on the disk on return.
  func append(_ calls: [Call]) throws {
    try append(calls as [any Encodable])
    for call in calls {
      predictions[Key(candidate: call.candidate, question: call.question)] = call.prediction
    }
  }

  private func append(_ records: [any Encodable]) throws {
    let encoder = RecordEncoder()
    try file.append(Array(records.map { try encoder.line($0) + "\n" }.joined().utf8))
    try file.synchronize()
  }
}
