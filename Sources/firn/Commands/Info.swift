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
      let name, checksum, vectors, pooling, precision: String
      let dimension: Int
      let queryEncoder, queryChecksum, matrix: String?
      let queryPrefix, passagePrefix: String

      init(_ encoder: EncoderDescription, _ storage: VectorStorage) {
        (name, checksum, dimension) = (encoder.name, encoder.checksum, encoder.dimension)
        (vectors, pooling) = (storage.rawValue, encoder.pooling)
        precision = encoder.precision.rawValue
        (queryEncoder, queryChecksum) = (encoder.questions?.name, encoder.questions?.checksum)
        matrix = encoder.matrix
        (queryPrefix, passagePrefix) = (encoder.prefixes.question, encoder.prefixes.passage)
      }

      var rows: [(String, String)] {
        let prefixes = [("questions", queryPrefix), ("passages", passagePrefix)]
          .filter { !$0.1.isEmpty }.map { "\($0.0) after “\($0.1)”" }
        let rows = [
          ("vectors", "\(dimension) × \(vectors) " + (matrix == nil ? "by \(name)" : "imported")),
          ("pooling", pooling), ("precision", precision),
          ("questions", matrix == nil ? queryEncoder ?? "" : name),
          ("prefixes", prefixes.joined(separator: ", ")), ("matrix", matrix ?? ""),
        ]
        return rows.filter { !$0.1.isEmpty }
      }
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
      encoder = info.settings.encoder.map { Encoder($0, info.settings.vectors) }
      checksums = Dictionary(
        uniqueKeysWithValues: info.checksums.map { ($0.key.rawValue, $0.value) })
    }

    var table: String {
      let rows =
        [
          ("index", path), ("passages", "\(passages)"), ("terms", "\(terms)"),
          ("vocabulary", "\(vocabulary)"), ("analyzer", analyzer), ("BM25", "k1 \(k1), b \(b)"),
        ] + (encoder?.rows ?? [("vectors", "none")])
      return rows.map { name, value in
        name + String(repeating: " ", count: 12 - name.count) + value
      }.joined(separator: "\n")
    }
  }
}
