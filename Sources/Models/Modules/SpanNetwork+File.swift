import Tensors

extension SpanNetwork {
  /// How large each part is; 0 leaves it out.
  package struct Sizes: Equatable, Sendable {
    /// Rank of LoRA.
    package var rank = 0
    /// Vectors before every window, and before the keys and values of every layer.
    package var prompt = 0
    package var prefix = 0
    /// Width of the network that the prefix is learned through; 0 learns its vectors themselves.
    package var prefixHidden = 0
    /// Width of the block's feed-forward layer.
    package var block = 0

    package init(
      rank: Int = 0, prompt: Int = 0, prefix: Int = 0, prefixHidden: Int = 0, block: Int = 0
    ) {
      self.rank = rank
      self.prompt = prompt
      self.prefix = prefix
      self.prefixHidden = prefixHidden
      self.block = block
    }

    /// Those of the parts that a module file holds.
    package init(_ module: ModuleFile) {
      func rows(_ name: String) -> Int {
        module.tensors.first { $0.name == name }?.shape.first ?? 0
      }
      rank = module.rank ?? 0
      prompt = rows("prompt")
      prefix = rows("prefix.encoder.0")
      block = rows("block.up.weight")
    }
  }

  /// What a module file holds: a prefix as its vectors, however they were learned.
  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    let tensors = layout.tensors(parameters)
    guard let (module, range) = prefix else { return tensors }
    let own = Set(module.layout.slices.map(\.name))
    return tensors.filter { !own.contains($0.name) } + module.tensors(Array(parameters[range]))
  }

  /// The parameters of a module file.
  ///
  /// - Parameter start: values of the tensors that the file lacks; nil needs all of them.
  /// - Throws: `CheckpointError` when a tensor is missing, has another shape or no place here.
  package func parameters(of module: ModuleFile, filling start: [Float]? = nil) throws -> [Float] {
    let names = Set(layout.slices.map(\.name))
    if let stray = module.tensors.map(\.name).filter({ !names.contains($0) }).min() {
      throw CheckpointError(
        file: "module \(module.kind)", tensor: stray, expected: "a part of the reader",
        found: "another tensor")
    }
    guard let start else { return try layout.parameters(of: module) }
    return try layout.parameters(of: module, filling: start)
  }
}
