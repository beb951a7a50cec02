import Foundation
import Native
import Retrieval

/// A predictions file that grows record by record and goes on where it stopped.
///
/// `FILE.run.json` beside it holds the settings that the answers were made with, so that no file
/// mixes the answers of two systems.
package final class PredictionLog {
  package let path: String
  /// Questions that are answered.
  package private(set) var count: Int
  private let file: FileWriter

  /// Opens the file to go on, or begins it.
  ///
  /// A last line without its end is what an interrupted write left: it is cut off.
  /// - Parameters:
  ///   - questions: what the file's lines must answer, in this order.
  ///   - settings: what the answers hang on, by name.
  ///   - restart: whether to begin anew, whatever is there.
  /// - Throws: `InputError` when the file holds other questions or was made with other settings,
  ///   `FileError` when it cannot be written.
  package init(
    path: String, questions: [Question], settings: [String: String], restart: Bool = false
  ) throws {
    self.path = path
    let exists = FileManager.default.fileExists(atPath: path)
    var kept = (lines: 0, bytes: 0)
    if exists, !restart {
      try Self.check(settings, against: path)
      kept = try Self.answered(path, questions)
    }
    file = try FileWriter(path: path, length: kept.bytes)
    count = kept.lines
    if count == 0 { try Self.save(settings, for: path) }
  }

  /// Appends the answers to the next questions; they are on the disk on return.
  package func append(_ predictions: [Prediction]) throws {
    let lines = try predictions.map { try $0.line() + "\n" }
    try file.append(Array(lines.joined().utf8))
    try file.synchronize()
    count += predictions.count
  }

  private static func settingsPath(_ path: String) -> String { path + ".run.json" }

  private static func save(_ settings: [String: String], for path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = try encoder.encode(settings) + Data("\n".utf8)
    try replaceFile(at: settingsPath(path)) { try $0.write(Array(bytes)) }
  }

  private static func check(_ settings: [String: String], against path: String) throws {
    let hint = "name another file, or begin anew with --restart"
    let bytes = (try? Data(contentsOf: URL(filePath: path))) ?? Data()
    if bytes.isEmpty { return }
    guard let data = try? Data(contentsOf: URL(filePath: settingsPath(path))),
      let found = try? JSONDecoder().decode([String: String].self, from: data)
    else {
      throw InputError(
        file: path, expected: "\(settingsPath(path)) beside it", found: "none", hint: hint)
    }
    let names = Set(settings.keys).union(found.keys).sorted()
    guard let name = names.first(where: { settings[$0] != found[$0] }) else { return }
    throw InputError(
      file: path, expected: "answers made with \(name) \(settings[name] ?? "unset")",
      found: "\(found[name] ?? "unset")", hint: hint)
  }

  private struct Line: Decodable {
    let id: String
    let question: String
  }

  /// Complete lines at the file's beginning that answer the first questions, and their bytes.
  private static func answered(
    _ path: String, _ questions: [Question]
  ) throws -> (lines: Int, bytes: Int) {
    let data = try Data(contentsOf: URL(filePath: path))
    var (lines, start) = (0, data.startIndex)
    while let end = data[start...].firstIndex(of: 0x0A) {
      let line = try? JSONDecoder().decode(Line.self, from: data[start..<end])
      let question = lines < questions.count ? questions[lines] : nil
      guard let line, let question, line.id == question.id, line.question == question.text else {
        throw InputError(
          file: path, line: lines + 1,
          expected: question.map { "the answer to question \($0.id)" } ?? "no more answers",
          found: line.map { "one to \($0.id)" } ?? InputError.quoted(Array(data[start..<end])),
          hint: "name another file, or begin anew with --restart")
      }
      lines += 1
      start = end + 1
    }
    return (lines, start - data.startIndex)
  }
}
