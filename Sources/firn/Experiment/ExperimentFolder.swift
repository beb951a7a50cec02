import Foundation
import Native
import Retrieval

/// The folder that an experiment writes, and what it was begun with.
///
/// `inputs.json` in it holds every input's checksum, so that no folder mixes the results of two
/// corpora, sets of questions or models.
struct ExperimentFolder {
  let path: String
  private var lock: FileLock?

  private struct Manifest: Codable {
    /// Of the tool.
    var version: String
    var inputs: [ExperimentInput]
  }

  /// - Throws: `InputError` when the folder holds something else.
  init(_ path: String) throws {
    self.path = path
    let exists = FileManager.default.fileExists(atPath: path)
    let names = exists ? try FileManager.default.contentsOfDirectory(atPath: path) : []
    guard names.isEmpty || names.contains(Self.manifest) else {
      throw InputError(
        file: path, expected: "an empty folder or one of an experiment", found: "other files",
        hint: "name another folder with --output")
    }
  }

  private static let manifest = "inputs.json"

  /// What to do when the folder's results are not those that are asked for.
  var hint: String { "name another folder with --output, or remove \(path) to begin anew" }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a whole file, or leaves the one that is there as it is.
  func write(_ name: String, _ content: some Collection<UInt8>) throws {
    try replaceFile(at: file(name)) { try $0.write(Array(content)) }
  }

  /// The same for a document, its keys in alphabetical order.
  func write(_ name: String, json document: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try write(name, try encoder.encode(document) + Data("\n".utf8))
  }

  /// A document of the folder; nil where there is none.
  func read<Document: Decodable>(_ name: String, as type: Document.Type) throws -> Document? {
    guard FileManager.default.fileExists(atPath: file(name)) else { return nil }
    let data = try Data(contentsOf: URL(filePath: file(name)))
    if let document = try? JSONDecoder().decode(type, from: data) { return document }
    throw InputError(
      file: file(name), expected: "what firn experiment wrote", found: "something else",
      hint: hint)
  }

  /// Makes the folder unless it is there, and keeps other experiments away from it for as long as
  /// this value or a copy lives.
  ///
  /// - Throws: `InputError` when one is writing into it.
  mutating func claim() throws {
    try makeFolder(path)
    lock = try FileLock(path: path)
    if lock == nil { throw InputError(beingWritten: path) }
  }

  /// Notes what the results hang on; only the experiment's own file may change, for a larger grid.
  ///
  /// - Throws: `InputError` when one of them is not what it was when the folder was begun.
  func hold(to inputs: [ExperimentInput]) throws {
    let before = try read(Self.manifest, as: Manifest.self)
    guard before?.version ?? Firn.version == Firn.version else {
      throw InputError(
        file: path, expected: "results of firn \(Firn.version)",
        found: "some of \(before?.version ?? "")", hint: hint)
    }
    var known = Dictionary(
      (before?.inputs ?? []).map { ($0.identity, $0) }, uniquingKeysWith: { $1 })
    for input in inputs where input.role != "experiment" {
      if let old = known.updateValue(input, forKey: input.identity), old.sha256 != input.sha256 {
        throw InputError(
          file: input.path,
          expected: "\(input.role) as when \(path) was begun, SHA-256 \(old.sha256.prefix(12))...",
          found: "SHA-256 \(input.sha256.prefix(12))...", hint: "put it back, or \(hint)")
      }
    }
    let all = known.values.sorted { $0.identity < $1.identity }
    try write(Self.manifest, json: Manifest(version: Firn.version, inputs: all))
    try ["runs", "predictions", "questions"].map(file).forEach(makeFolder)
  }

  private func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
}
