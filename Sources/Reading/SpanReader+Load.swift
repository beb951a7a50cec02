import Models

extension SpanReader {
  package static let kind = "reader"

  /// The reader that a module makes of the frozen network it was learned on.
  ///
  /// - Throws: `CheckpointError` when the module is of another kind or its tensors do not fit.
  package static func load(
    _ module: ModuleFile, frozen: BERT, tokenizer: WordPieceTokenizer
  ) throws -> SpanReader {
    guard module.kind == kind else {
      throw CheckpointError(
        file: "module \(module.kind)", expected: "a module of the kind \(kind)",
        found: module.kind)
    }
    let network = SpanNetwork(frozen: frozen, SpanNetwork.Sizes(module))
    return SpanReader(
      network: network.instance(try network.parameters(of: module)),
      builder: WindowBuilder(tokenizer: tokenizer))
  }
}
