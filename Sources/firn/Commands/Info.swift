import ArgumentParser
import Retrieval

struct Info: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what an index holds.", discussion: "EXAMPLE: firn info wiki --json")

  @Argument(help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Flag(help: "Print one JSON document.")
  var json = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let document = Document(try PassageIndex(path: index.path))
    if json { try output.writeJSON(document) } else { try output.write(document.table) }
  }

  private struct Document: Encodable {
    struct Encoder: Encodable {
      let name, checksum, vectors: String
      let dimension: Int
    }
    let path, analyzer: String
    let passages, terms, vocabulary: Int
    let k1, b: Double
    let encoder: Encoder?
    let checksums: [String: String]

    init(_ index: PassageIndex) {
      let info = index.info
      path = index.path
      analyzer = info.settings.analyzer.rawValue
      passages = info.count
      terms = info.termCount
      vocabulary = info.vocabularySize
      k1 = info.settings.bm25.k1
      b = info.settings.bm25.b
      encoder = info.settings.encoder.map {
        Encoder(
          name: $0.name, checksum: $0.checksum, vectors: info.settings.vectors.rawValue,
          dimension: $0.dimension)
      }
      checksums = Dictionary(
        uniqueKeysWithValues: info.checksums.map { ($0.key.rawValue, $0.value) })
    }

    var table: String {
      let vectors = encoder.map { "\($0.dimension) × \($0.vectors) by \($0.name)" } ?? "none"
      let rows = [
        ("index", path), ("passages", "\(passages)"), ("terms", "\(terms)"),
        ("vocabulary", "\(vocabulary)"), ("analyzer", analyzer), ("BM25", "k1 \(k1), b \(b)"),
        ("vectors", vectors),
      ]
      return rows.map { name, value in
        name + String(repeating: " ", count: 12 - name.count) + value
      }.joined(separator: "\n")
    }
  }
}
