import Native

/// A row-major matrix of floats, `[rows, width]`; the last axis is contiguous.
///
/// Axis words, here and in every shape comment, with the literature's letters: tokens (T, all
/// sequences of a ragged batch one after another), length (L, one sequence's tokens), width (C or
/// d_model), heads (H), head width (d_kv), hidden (d_ff), vocabulary (V), rank (r).
package struct Tensor: Sendable, Equatable {
  package let rows: Int
  package let width: Int
  package var values: [Float]

  package init(rows: Int, width: Int, values: [Float]) {
    precondition(
      values.count == rows * width,
      "expected \(rows) × \(width) floats, found \(values.count)")
    self.rows = rows
    self.width = width
    self.values = values
  }

  /// Zeros.
  package init(rows: Int, width: Int) {
    self.init(rows: rows, width: width, values: [Float](repeating: 0, count: rows * width))
  }

  package subscript(row: Int, column: Int) -> Float {
    get { values[row * width + column] }
    set { values[row * width + column] = newValue }
  }

  /// The floats of rows `range`.
  package func rows(_ range: Range<Int>) -> Tensor {
    Tensor(
      rows: range.count, width: width,
      values: Array(values[range.lowerBound * width..<range.upperBound * width]))
  }
}

/// y += x.
package func add(_ x: Tensor, to y: inout Tensor) {
  Kernels.add(x.values, to: &y.values)
}

/// sums[offset + column] += Σ_rows x.
package func addColumnSums(of x: Tensor, to sums: inout [Float], from offset: Int) {
  for row in 0..<x.rows {
    for column in 0..<x.width { sums[offset + column] += x[row, column] }
  }
}
