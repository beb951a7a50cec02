import Foundation
import Tensors

/// A frozen T5 encoder with its tokenizer, which reads what another network's tokens say.
package struct FrozenEncoder: Sendable {
  package let name: String
  package let folder: String
  package let network: T5Encoder
  package let sha256: String
  /// Numbers of the encoder.
  package let parameters: Int
  /// The encoder's ids of the other network's.
  let translate: @Sendable ([Int32]) -> [Int32]

  /// - Parameter tokenizer: the other network's.
  /// - Throws: `MissingModelError`, `CheckpointError` for another architecture, `TokenizerError`.
  package init(_ name: String, tokenizer: any Tokenizer) throws {
    let folder = try ModelFolder.resolve(name)
    let own = try TokenizerFolder.load(folder)
    try self.init(name: name, folder: folder) {
      own.encode(tokenizer.decode($0), addingSpecialTokens: true).ids
    }
  }

  /// - Parameter translate: gives the encoder's ids of the other network's.
  /// - Throws: `CheckpointError` for another architecture.
  package init(
    name: String, folder: String, translate: @escaping @Sendable ([Int32]) -> [Int32]
  ) throws {
    let files = try WeightFiles(folder: folder)
    self.init(
      name: name, folder: folder, network: try T5Encoder.load(folder: folder),
      sha256: try files.sha256(), parameters: Self.parameters(files), translate: translate)
  }

  init(
    name: String, folder: String, network: T5Encoder, sha256: String, parameters: Int,
    translate: @escaping @Sendable ([Int32]) -> [Int32]
  ) {
    (self.name, self.folder, self.network, self.sha256) = (name, folder, network, sha256)
    (self.parameters, self.translate) = (parameters, translate)
  }

  private static func parameters(_ files: WeightFiles) -> Int {
    files.names.filter { $0.hasPrefix("encoder.") || $0 == "shared.weight" }
      .reduce(0) { $0 + (files.shape(of: $1) ?? []).reduce(1, *) }
  }

  /// Floats of its states.
  package var width: Int { network.tokens.width }

  /// The same for a module that names the encoder's weights.
  ///
  /// - Parameter path: the module's, for messages.
  /// - Throws: `CheckpointError` when the weights are others.
  init(
    _ name: String, expectedSHA256: String, path: String, tokenizer: any Tokenizer
  ) throws {
    let folder = try ModelFolder.resolve(name)
    let found = try WeightFiles(folder: folder).sha256()
    guard found == expectedSHA256 else {
      throw CheckpointError(
        file: path, expected: "an encoder \(name) of weights \(expectedSHA256.prefix(12))...",
        found: "\(found.prefix(12))...",
        hint: "a module works on the models it was learned on only")
    }
    try self.init(name, tokenizer: tokenizer)
  }

  /// What the encoder reads of an input: at least one token, so that there is something to attend to.
  func tokens(of input: [Int32]) -> [Int32] {
    let ids = translate(input).filter { $0 >= 0 && $0 < network.tokens.rows }
    return ids.isEmpty ? [0] : ids
  }
}
