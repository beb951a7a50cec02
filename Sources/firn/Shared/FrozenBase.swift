import Models
import Native

/// A frozen model with its tokenizer: what encoders, re-rankers and readers share.
struct FrozenBase: Sendable {
  let name: String
  let folder: String
  let network: BERT
  let tokenizer: WordPieceTokenizer
  let sha256: String

  init(_ name: String) throws {
    self.name = name
    folder = try ModelFolder.resolve(name)
    let checkpoint = try Checkpoint(folder: folder)
    (network, tokenizer) = try Parallel.both(
      { try BERT.load(checkpoint) }, { [folder] in try WordPieceTokenizer(folder: folder) })
    sha256 = try checkpoint.weightsSHA256()
  }
}
