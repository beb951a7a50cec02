import Foundation
import Native
import Retrieval

/// The curves of a run, one JSON record a line, on the disk as they come.
package final class TrainingLog {
  private let file: FileWriter

  /// Opens the file to go on after `step`: what it says of later steps is cut off, since they will
  /// be taken again.
  ///
  /// - Throws: `FileError` when it cannot be written.
  package init(path: String, after step: Int) throws {
    let exists = step > 0 && FileManager.default.fileExists(atPath: path)
    let data = exists ? try Data(contentsOf: URL(filePath: path)) : Data()
    file = try FileWriter(path: path, length: Self.length(data, upTo: step, path: path))
  }

  package func append(_ event: TrainingLoop.Event) throws {
    let fields: String
    switch event {
    case .scored(let step, let scores):
      let lines = try scores.figures.map { name, value in
        try "{\"step\":\(step),\"score\":\(Self.quoted(name)),\"value\":\(value)}\n"
      }
      return try file.append(Array(lines.joined().utf8))
    case .step(let number, let loss, let norm, let rate):
      fields = "\"step\":\(number),\"loss\":\(loss),\"gradient_norm\":\(norm),\"rate\":\(rate)"
    case .measured(let step, let loss, let isBest):
      fields = "\"step\":\(step),\"dev_loss\":\(loss),\"best\":\(isBest)"
    }
    try file.append(Array("{\(fields)}\n".utf8))
  }

  private static func quoted(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }

  /// Bytes of the whole lines about steps up to `step`.
  private static func length(_ data: Data, upTo step: Int, path: String) -> Int {
    var length = 0
    for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      guard length + line.count < data.count,
        let record = try? JSONRecord(Array(line), file: path, line: 0),
        let number = try? record.integer("step"), number <= step
      else { break }
      length += line.count + 1
    }
    return length
  }
}
