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
}

extension MatrixView {
  /// The tensor that `slice` names in a vector of parameters.
  @_lifetime(copy parameters)
  init(_ parameters: Span<Float>, _ slice: ParameterLayout.Slice) {
    self.init(parameters, from: slice.offset, rows: slice.rows, columns: slice.columns)
  }
}
