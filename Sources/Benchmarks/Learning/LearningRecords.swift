import Foundation

/// The finished cells of a comparison, one JSON object a line, on the disk as they come, so that a run
/// that was cut off goes on.
struct LearningRecords {
  /// What a line holds.
  private struct Record: Codable {
    let sizes: LearningSizes
    /// Whether it is one of those that a rate is chosen by.
    let isTrial: Bool
    let result: LearningResult
  }

  private let path: String
  private let sizes: LearningSizes
  private var records: [Record]

  /// - Throws: `DecodingError` for a line that is none of a comparison's, unless it is the last and was
  ///   cut off.
  init(path: String, sizes: LearningSizes) throws {
    (self.path, self.sizes) = (path, sizes)
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = lines.dropLast()
    records = try whole.map { try JSONDecoder().decode(Record.self, from: Data($0.utf8)) }
      .filter { $0.sizes == sizes }
    if let rest = lines.last, !rest.isEmpty {
      try whole.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }
  }

  var results: [LearningResult] { records.filter { !$0.isTrial }.map(\.result) }

  func result(
    _ model: SmallModel, _ kind: LearningKind, seed: UInt64, rate: Float? = nil, isTrial: Bool
  ) -> LearningResult? {
    records.first {
      $0.isTrial == isTrial && $0.result.model == model && $0.result.kind == kind
        && $0.result.seed == seed && (rate == nil || $0.result.rate == rate)
    }?.result
  }

  mutating func append(_ result: LearningResult, isTrial: Bool) throws {
    let record = Record(sizes: sizes, isTrial: isTrial, result: result)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seekToEnd()
    try file.write(contentsOf: encoder.encode(record) + Data("\n".utf8))
    try file.close()
    records.append(record)
  }
}
