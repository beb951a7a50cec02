import Foundation
import GRDB
import Retrieval
import Tensors

/// What a test's encoder throws to stop a build.
struct Interruption: Error {}

/// Everything an index holds: counts and checksums of its tables, the bytes of its vectors.
struct IndexContent: Equatable {
  var info: IndexSummary
  var vectors: Data?
}

/// A folder for one test's index, removed with this value.
final class TemporaryIndex {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var vectors: String { path + "/vectors.bin" }
  var database: String { path + "/index.sqlite" }
  /// The next state, while it is made.
  var draft: String { path + "/index.sqlite.partial" }
  var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  var content: IndexContent {
    get throws {
      IndexContent(info: try open().info, vectors: FileManager.default.contents(atPath: vectors))
    }
  }

  @discardableResult
  func build(
    _ passages: [Passage], settings: IndexSettings = IndexSettings(), append: Bool = false,
    batchSize: Int = 4, memory: Int = 64 << 20, encoder: IndexBuilder.Encoder? = nil,
    matrix: NumPyMatrix? = nil, progress: @escaping IndexBuilder.Progress = { _, _, _ in }
  ) throws -> IndexBuilder.Outcome {
    let builder = IndexBuilder(
      path: path, settings: settings, encoder: encoder, matrix: matrix, batchSize: batchSize,
      memory: memory, progress: progress)
    return try builder.build(append: append) { body in
      for passage in passages { try body(passage) }
    }
  }

  /// Changes the database behind the index's back.
  func execute(_ sql: String) throws {
    let queue = try DatabaseQueue(path: database)
    try queue.write { db in try db.execute(sql: sql) }
    try queue.close()
  }

  func open() throws -> PassageIndex { try PassageIndex(path: path) }
}

/// Settings with a stand-in for an encoder, and that encoder: three floats from a passage's bytes.
enum Toy {
  static let dimension = 3
  static let settings = storing(.float32)

  static func storing(_ storage: VectorStorage, dimension: Int = dimension) -> IndexSettings {
    IndexSettings(
      encoder: EncoderDescription(
        name: "toy", checksum: "00", dimension: dimension, pooling: "mean"),
      vectors: storage)
  }

  static func encode(_ passages: [Passage]) -> [Float] {
    passages.flatMap { passage -> [Float] in
      var random = SplitMix64(seed: passage.text.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
      return (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
    }
  }

  /// What the encoder makes of the passages, as a file whose name is gone already.
  static func matrix(_ passages: [Passage]) throws -> NumPyMatrix {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).npy").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let vectors = encode(passages)
    try NumPyMatrix.write(path: path, count: passages.count, dimension: dimension) { rows in
      Array(vectors[rows.lowerBound * dimension..<rows.upperBound * dimension])
    }
    return try NumPyMatrix(path: path)
  }

  static func passages(_ count: Int) -> [Passage] {
    (0..<count).map {
      Passage(id: "p\($0)", title: "Title \($0 % 5)", text: "text number \($0) of many words")
    }
  }
}

/// Passages of words whose frequencies fall as in natural text: word i is drawn about 1/i as often.
func zipfPassages(_ count: Int, words: Int, longest: Int, seed: UInt64) -> [Passage] {
  var random = SplitMix64(seed: seed)
  return (0..<count).map { row in
    let length = Int.random(in: 0...longest, using: &random)
    return Passage(
      id: "\(row)", title: "",
      text: (0..<length).map { _ in zipfWord(words, &random) }.joined(separator: " "))
  }
}

func zipfWord(_ words: Int, _ random: inout SplitMix64) -> String {
  "w\(Int(exp(Double.random(in: 0..<log(Double(words)), using: &random))))"
}
