import Foundation
import Models
import Reading
import Retrieval
import Tensors

/// A folder that goes away with the value.
final class TemporaryFolder {
  private let url = FileManager.default.temporaryDirectory.appending(path: "firn-\(UUID())")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: url.appending(path: name))
  }
}

/// Frozen MiniLM as `make model` puts it, read once.
struct FrozenMiniLM {
  let network: BERT
  let tokenizer: WordPieceTokenizer

  private init() throws {
    let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent()
    }
    let folder = root.appending(path: "models/minilm").path
    network = try BERT.load(Checkpoint(folder: folder))
    tokenizer = try WordPieceTokenizer(folder: folder)
  }

  private static let loaded = Result { try FrozenMiniLM() }

  static func load() throws -> FrozenMiniLM { try loaded.get() }

  /// The network with a small random module, which marks spans of no meaning.
  func instance(seed: UInt64) -> SpanNetwork.Instance {
    let network = SpanNetwork(frozen: network, .init(rank: 2))
    var random = SplitMix64(seed: seed)
    return network.instance(
      network.initialParameters(seed: seed).map { $0 + random.normal(deviation: 0.02) })
  }

  /// Windows of at most 40 tokens, so that short texts need several.
  var narrowBuilder: WindowBuilder {
    var builder = WindowBuilder(tokenizer: tokenizer)
    builder.longest = 40
    builder.overlap = 8
    return builder
  }
}

/// Words that are one token each.
enum Words {
  static let all = ["cat", "dog", "river", "stone", "night", "green", "seven", "house"]

  static func text(_ count: Int, using random: inout SplitMix64) -> String {
    (0..<count).map { _ in all.randomElement(using: &random) ?? "cat" }.joined(separator: " ")
  }
}

func ranked(_ id: String, title: String = "", _ text: String, score: Double = 0) -> RankedPassage {
  RankedPassage(passage: Passage(id: id, title: title, text: text), score: score)
}
