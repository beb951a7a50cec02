import ArgumentParser
import Foundation
import Models
import Retrieval

/// Passages into vectors, tokenising included, in turn with peers.
struct Encode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times the encoding of passages, and peers' on the same passages.",
    discussion: """
      A peer is a command that is called with one more argument, a JSON Lines file of \
      {"text"}; its last line of output is JSON with passages_s, and may have cpu_passages_s \
      (passages per second of processor time). Of --precision int8, the cosines to the vectors in \
      float32 are told.
      """)

  @Option(help: "A corpus, .gz or not.")
  var passages = "corpora/starter/passages.jsonl"
  @Option(help: "Passages taken from its beginning.")
  var limit = 128
  @Option(help: "The model's folder or alias.")
  var model = "minilm"
  @OptionGroup var turns: EncodingTurns

  func validate() throws {
    guard limit > 0 else { throw ValidationError("expected a positive --limit, found \(limit)") }
  }

  func run() throws {
    turns.report.begin()
    let opened = try EncoderFolder(ModelFolder.resolve(model))
    let encoder = try SentenceEncoder(opened, name: model, turns.precision)
    let texts = try Passages.first(passages, limit: limit).map { DualEncoder.text(of: $0) }
    _ = encoder.embed(Array(texts.prefix(8)))
    try turns.run("encode", "passages", records: texts.map { ["text": $0] }) {
      _ = encoder.embed(texts)
    }
    guard turns.precision != .float32 else { return }
    let exact = try SentenceEncoder(opened, name: model).embed(texts).vectors
    let cosines = Self.cosines(exact, encoder.embed(texts).vectors, width: encoder.width)
    try turns.report.write(
      "encode cosine", "\(texts.count) passages",
      ["mean": cosines.reduce(0, +) / Double(cosines.count), "least": cosines.min() ?? .nan])
  }

  private static func cosines(_ a: [Float], _ b: [Float], width: Int) -> [Double] {
    stride(from: 0, to: a.count, by: width).map { row in
      var (product, left, right) = (0.0, 0.0, 0.0)
      for i in row..<row + width {
        product += Double(a[i]) * Double(b[i])
        left += Double(a[i]) * Double(a[i])
        right += Double(b[i]) * Double(b[i])
      }
      return product / (left * right).squareRoot()
    }
  }
}

enum Passages {
  private struct Enough: Error {}

  /// The first passages of a corpus.
  static func first(_ path: String, limit: Int) throws -> [Passage] {
    var passages: [Passage] = []
    do {
      try CorpusReader(paths: [path], format: .auto).forEachPassage { passage in
        passages.append(passage)
        if passages.count == limit { throw Enough() }
      }
    } catch is Enough {
      return passages
    }
    guard !passages.isEmpty else {
      throw ValidationError("expected passages in \(path), found none")
    }
    return passages
  }
}
