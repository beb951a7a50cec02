import Retrieval

/// One line of a predictions file, as far as evaluation reads it.
struct PredictionRecord {
  struct Evidence {
    let id: String
    /// Whether the reader's context held the passage.
    let packed: Bool
    /// Whether the passage bears an answer, where the record says.
    let hasAnswer: Bool?
  }
  let id: String
  let prediction: String
  let confidence: Double?
  let passages: [Evidence]

  /// Whether a file holds predictions rather than a run.
  static func areIn(_ path: String) throws -> Bool {
    JSONHead(try InputFile(path).head())?.keys.contains("prediction") ?? false
  }

  /// The predictions of a file; a missing id is the zero-based line number.
  /// - Throws: `InputError`, also for two predictions of one id.
  static func read(_ path: String) throws -> [PredictionRecord] {
    let input = try InputFile(path)
    var records = JSONRecords(input, layout: JSONHead(try input.head())?.layout ?? .lines)
    var predictions: [PredictionRecord] = []
    var lines: [String: Int] = [:]
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: input.name, line: line)
      let prediction = try PredictionRecord(record, position: predictions.count)
      if let first = lines.updateValue(line, forKey: prediction.id) {
        throw record.error(
          expected: "one prediction for each question",
          found: "\(InputError.quoted(prediction.id)) again, first in line \(first)")
      }
      predictions.append(prediction)
    }
    return predictions
  }

  private init(_ record: JSONRecord, position: Int) throws {
    id = try record.id("id") ?? "\(position)"
    prediction = try record.require("prediction", record.string)
    confidence = try record.number("confidence")
    if let confidence, !(0...1).contains(confidence) {
      throw record.error(expected: "a confidence in 0...1", found: "\(confidence)")
    }
    passages = try (record.records("passages") ?? []).map { passage in
      Evidence(
        id: try passage.require("id", passage.id), packed: try passage.bool("packed") ?? false,
        hasAnswer: try passage.bool("has_answer"))
    }
  }
}
