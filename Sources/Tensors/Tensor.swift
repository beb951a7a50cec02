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

  /// Rows of both side by side.
  package init(joining left: Tensor, _ right: Tensor) {
    precondition(left.rows == right.rows, "expected \(left.rows) rows, found \(right.rows)")
    var values: [Float] = []
    values.reserveCapacity(left.values.count + right.values.count)
    for row in 0..<left.rows {
      values += left.values[row * left.width..<(row + 1) * left.width]
      values += right.values[row * right.width..<(row + 1) * right.width]
    }
    self.init(rows: left.rows, width: left.width + right.width, values: values)
  }

  /// Rows of these tensors below each other.
  package init(stacking parts: [Tensor], width: Int) {
    precondition(parts.allSatisfy { $0.width == width }, "expected rows of \(width) floats")
    self.init(
      rows: parts.reduce(0) { $0 + $1.rows }, width: width, values: parts.flatMap(\.values))
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
