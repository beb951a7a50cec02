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

  /// Some columns of every row.
  package func columns(_ range: Range<Int>) -> Tensor {
    if range == 0..<width { return self }
    var part = Tensor(rows: rows, width: range.count)
    for row in 0..<rows {
      part.values.replaceSubrange(
        row * range.count..<(row + 1) * range.count,
        with: values[row * width + range.lowerBound..<row * width + range.upperBound])
    }
    return part
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

extension Tensor {
  /// Sequences of rows, each behind some others.
  ///
  /// - Parameters:
  ///   - parts: what comes before each sequence, or one for all of them.
  ///   - starts: first row of each sequence, and the number of rows as the last element.
  package func preceded(by parts: [Tensor], starts: [Int]) -> (rows: Tensor, starts: [Int]) {
    let count = starts.count - 1
    precondition(
      parts.count == count || parts.count == 1, "expected \(count) parts, found \(parts.count)")
    var stacked: [Tensor] = []
    var ends = [0]
    for index in 0..<count {
      let part = parts[parts.count == 1 ? 0 : index]
      stacked += [part, rows(starts[index]..<starts[index + 1])]
      ends.append(ends[index] + part.rows + starts[index + 1] - starts[index])
    }
    return (Tensor(stacking: stacked, width: width), ends)
  }

  /// The way back: adds the rows that came first to `sums`, and gives the others.
  ///
  /// - Parameter starts: those of the sequences with what precedes them.
  package func split(after sums: inout [Tensor], starts: [Int]) -> Tensor {
    let rest = starts.indices.dropLast().map { index in
      let part = sums.count == 1 ? 0 : index
      let first = starts[index] + sums[part].rows
      Tensors.add(rows(starts[index]..<first), to: &sums[part])
      return rows(first..<starts[index + 1])
    }
    return Tensor(stacking: rest, width: width)
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
