import Models
import Retrieval

/// A frozen model with its tokenizer: what modules are put on.
struct FrozenBase: Sendable {
  let network: BERT
  let tokenizer: WordPieceTokenizer
  let sha256: String

  init(_ name: String) throws {
    let folder = try ModelFolder.resolve(name)
    let checkpoint = try Checkpoint(folder: folder)
    network = try BERT.load(checkpoint)
    tokenizer = try WordPieceTokenizer(folder: folder)
    sha256 = try checkpoint.weightsSHA256()
  }
}
