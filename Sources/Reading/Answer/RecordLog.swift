import Foundation
import Native
import Retrieval

/// A file of one JSON record for each question, predictions or rankings, that grows batch by batch
/// and goes on where it stopped.
///
/// `FILE.run.json` beside it holds the settings that the records were made with, so that no file
/// mixes the records of two systems.
package final class RecordLog {
  package let path: String
  /// Questions that have their record.
  package private(set) var count: Int
  private let file: FileWriter
  private let lock: FileLock

  /// Opens the file to go on, or begins it.
  ///
  /// A last line without its end is what an interrupted write left: it is cut off.
  /// - Parameters:
  ///   - questions: what the file's lines are about, in this order.
  ///   - settings: what the records hang on, by name.
  ///   - restart: whether to begin anew, whatever is there.
  ///   - hint: what to do about a file of other questions or settings.
  /// - Throws: `InputError` when the file holds other questions, was made with other settings or is
  ///   being written by another process, `FileError` when it cannot be written.
  package init(
    path: String, questions: [Question], settings: [String: String], restart: Bool = false,
    hint: String
  ) throws {
    self.path = path
    guard let lock = try FileLock(path: path, creating: true) else {
      throw InputError(beingWritten: path)
    }
    self.lock = lock
    let data = restart ? Data() : try Data(contentsOf: URL(filePath: path))
    var kept = (lines: 0, bytes: 0)
    if !data.isEmpty {
      try Self.check(settings, against: path, hint)
      kept = try Self.recorded(data, of: path, questions, hint)
    }
    file = try FileWriter(path: path, length: kept.bytes)
    count = kept.lines
    if count == 0 { try Self.save(settings, for: path) }
  }

  /// Appends records, one line each without its end; they are on the disk on return.
  ///
  /// - Parameter start: the place of the first one's question. Records that the file holds already
  ///   are left out.
  /// - Requires: no question without a record before `start`.
  package func append(_ records: [String], from start: Int) throws {
    precondition(start <= count, "expected records from \(count) on, found \(start)")
    let new = records.dropFirst(count - start)
    try file.append(Array(new.map { $0 + "\n" }.joined().utf8))
    try file.synchronize()
    count += new.count
  }

  /// Removes the file, unless it was renamed, and the settings beside it.
  package func remove() throws {
    for name in [path, Self.settingsPath(path)] where FileManager.default.fileExists(atPath: name) {
      try FileManager.default.removeItem(atPath: name)
    }
  }

  private static func settingsPath(_ path: String) -> String { path + ".run.json" }

  private static func save(_ settings: [String: String], for path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = try encoder.encode(settings) + Data("\n".utf8)
    try replaceFile(at: settingsPath(path)) { try $0.write(Array(bytes)) }
  }

  private static func check(
    _ settings: [String: String], against path: String, _ hint: String
  ) throws {
    guard let data = try? Data(contentsOf: URL(filePath: settingsPath(path))),
      let found = try? JSONDecoder().decode([String: String].self, from: data)
    else {
      throw InputError(
        file: path, expected: "\(settingsPath(path)) beside it", found: "none", hint: hint)
    }
    let names = Set(settings.keys).union(found.keys).sorted()
    guard let name = names.first(where: { settings[$0] != found[$0] }) else { return }
    throw InputError(
      file: path, expected: "records made with \(name) \(settings[name] ?? "unset")",
      found: "\(found[name] ?? "unset")", hint: hint)
  }

  private struct Line: Decodable {
    let id: String
    let question: String
  }

  /// Complete lines at the file's beginning that are about the first questions, and their bytes.
  private static func recorded(
    _ data: Data, of path: String, _ questions: [Question], _ hint: String
  ) throws -> (lines: Int, bytes: Int) {
    var (lines, start) = (0, data.startIndex)
    while let end = data[start...].firstIndex(of: 0x0A) {
      let line = try? JSONDecoder().decode(Line.self, from: data[start..<end])
      let question = lines < questions.count ? questions[lines] : nil
      guard let line, let question, line.id == question.id, line.question == question.text else {
        throw InputError(
          file: path, line: lines + 1,
          expected: question.map { "the record of question \($0.id)" } ?? "no more records",
          found: line.map { "that of \($0.id)" } ?? InputError.quoted(Array(data[start..<end])),
          hint: hint)
      }
      lines += 1
      start = end + 1
    }
    return (lines, start - data.startIndex)
  }
}

extension InputError {
  /// Says that another process writes this file or into this folder.
  package init(beingWritten path: String) {
    self.init(
      kind: .busy, file: path, expected: "no other process that writes it", found: "one",
      hint: "wait for its end, or name another output")
  }
}
