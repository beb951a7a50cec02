import Models

extension SpanReader {
  package static let kind = "reader"

  /// The reader that a module makes of the frozen network it was learned on.
  ///
  /// - Throws: `CheckpointError` when the module is of another kind or its tensors do not fit.
  package static func load(
    _ module: ModuleFile, frozen: BERT, tokenizer: WordPieceTokenizer
  ) throws -> SpanReader {
    guard module.kind == kind, let rank = module.rank, rank > 0 else {
      throw CheckpointError(
        file: "module \(module.kind)", expected: "a module of the kind \(kind) with its rank",
        found: "\(module.kind), rank \(module.rank.map(String.init) ?? "none")")
    }
    let block = module.tensors.first { $0.name == "block.up.weight" }
    let network = SpanNetwork(frozen: frozen, rank: rank, hidden: block?.shape.first ?? 0)
    return SpanReader(
      network: network.instance(try network.layout.parameters(of: module)),
      builder: WindowBuilder(tokenizer: tokenizer))
  }
}
