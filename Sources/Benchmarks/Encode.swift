import ArgumentParser
import Foundation
import Models
import Retrieval

/// Passages into vectors, tokenising included, in turn with a peer.
struct Encode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times the encoding of passages, and a peer's on the same passages.",
    discussion: """
      A peer is a command that is called with one more argument, a JSON Lines file of \
      {"text"}; its last line of output is JSON with passages_s, and may have cpu_passages_s \
      (passages per second of processor time).
      """)

  @Option(help: "A corpus, .gz or not.")
  var passages = "corpora/starter/passages.jsonl"
  @Option(help: "Passages taken from its beginning.")
  var limit = 128
  @Option(help: "The model's folder or alias.")
  var model = "minilm"
  @Option(help: "The peer's command.")
  var peer: String?
  @Option(help: "How often both sides run.")
  var rounds = 3
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard limit > 0, rounds > 0 else {
      throw ValidationError("expected a positive --limit and --rounds")
    }
  }

  func run() throws {
    report.begin()
    let encoder = try SentenceEncoder(folder: ModelFolder.resolve(model), name: model)
    let texts = try Passages.texts(passages, limit: limit)
    let peer = try peer.map { try Peer(command: $0, texts: texts) }
    _ = encoder.embed(Array(texts.prefix(8)))
    var own: [Rate] = []
    var theirs: [Rate] = []
    for _ in 0..<rounds {
      let seconds = Seconds.of { _ = encoder.embed(texts) }
      let count = Double(texts.count)
      own.append(Rate(wall: count / seconds.wall, cpu: count / seconds.cpu))
      if let peer { theirs.append(try peer.run()) }
    }
    let shape = "\(texts.count) passages"
    let mine = Rate(medianOf: own)
    try report.write(
      "encode", shape, ["passages/s": mine.wall, "passages per CPU second": mine.cpu])
    guard !theirs.isEmpty else { return }
    let other = Rate(medianOf: theirs)
    try report.write(
      "encode peer", shape, ["passages/s": other.wall, "passages per CPU second": other.cpu])
    try report.write(
      "encode ratio", shape,
      ["passages/s": mine.wall / other.wall, "passages per CPU second": mine.cpu / other.cpu])
  }
}

/// Passages per second of time and of processor time.
struct Rate {
  let wall, cpu: Double

  init(wall: Double, cpu: Double) {
    self.wall = wall
    self.cpu = cpu
  }

  init(medianOf rates: [Rate]) {
    self.init(wall: median(rates.map(\.wall)), cpu: median(rates.map(\.cpu)))
  }
}

enum Passages {
  private struct Enough: Error {}

  /// The first texts of a corpus, as the dual encoder sees them.
  static func texts(_ path: String, limit: Int) throws -> [String] {
    var texts: [String] = []
    do {
      try CorpusReader(paths: [path], format: .auto).forEachPassage { passage in
        texts.append(DualEncoder.text(of: passage))
        if texts.count == limit { throw Enough() }
      }
    } catch is Enough {
      return texts
    }
    guard !texts.isEmpty else { throw ValidationError("expected passages in \(path), found none") }
    return texts
  }
}
