import Native

/// Where each named tensor of a module stands in one flat vector, which is what optimizers,
/// gradients and checkpoints work on.
package struct ParameterLayout: Sendable {
  package struct Slice: Sendable {
    package let name: String
    package let rows: Int
    package let columns: Int
    package let offset: Int

    package var range: Range<Int> { offset..<offset + rows * columns }
  }

  package private(set) var slices: [Slice] = []
  /// Floats in all.
  package private(set) var count = 0

  package init() {}

  /// Appends `[rows, columns]` and says where it stands.
  package mutating func append(_ name: String, rows: Int, columns: Int) -> Slice {
    let slice = Slice(name: name, rows: rows, columns: columns, offset: count)
    slices.append(slice)
    count += rows * columns
    return slice
  }

  /// Appends the tensors of a module with a layout of its own, and says where its numbers stand.
  mutating func append(_ part: ParameterLayout) -> Range<Int> {
    let start = count
    for slice in part.slices { _ = append(slice.name, rows: slice.rows, columns: slice.columns) }
    return start..<count
  }

  /// The parameters as named tensors, as module files hold them.
  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    slices.map {
      NamedTensor(
        name: $0.name, shape: [$0.rows, $0.columns], values: Array(parameters[$0.range]))
    }
  }

  /// The parameters that a module file holds.
  ///
  /// - Throws: `CheckpointError` when a tensor is missing or has another shape.
  package func parameters(of module: ModuleFile) throws -> [Float] {
    try slices.flatMap { try module.tensor($0.name, shape: [$0.rows, $0.columns]) }
  }

  /// The same, where tensors that the file lacks keep their values in `start`.
  package func parameters(of module: ModuleFile, filling start: [Float]) throws -> [Float] {
    let names = Set(module.tensors.map(\.name))
    return try slices.flatMap { slice in
      names.contains(slice.name)
        ? try module.tensor(slice.name, shape: [slice.rows, slice.columns])
        : Array(start[slice.range])
    }
  }
}

extension MatrixView {
  /// The tensor that `slice` names in a vector of parameters.
  @_lifetime(copy parameters)
  init(_ parameters: Span<Float>, _ slice: ParameterLayout.Slice) {
    self.init(parameters, from: slice.offset, rows: slice.rows, columns: slice.columns)
  }
}
