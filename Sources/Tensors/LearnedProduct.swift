import Native

/// A row-major matrix inside an array, such as one of many learned tensors in a flat vector.
package struct MatrixPart: Sendable {
  package let values: [Float]
  package let offset, rows, columns: Int

  package init(_ values: [Float], from offset: Int = 0, rows: Int, columns: Int) {
    precondition(
      values.count >= offset + rows * columns,
      "expected \(offset + rows * columns) floats, found \(values.count)")
    (self.values, self.offset, self.rows, self.columns) = (values, offset, rows, columns)
  }

  package init(_ x: Tensor) { self.init(x.values, rows: x.rows, columns: x.width) }
}

/// op(A) op(B) over all threads, in pieces whose size does not depend on their number, so that
/// neither do sums.
package func product(
  _ a: MatrixPart, transposingA: Bool = false, _ b: MatrixPart, transposingB: Bool = false
) -> Tensor {
  let rows = transposingA ? a.columns : a.rows
  let columns = transposingB ? b.rows : b.columns
  let share = 64
  let byRows = rows >= columns
  let count = byRows ? rows : columns
  let pieces = Parallel.map((count + share - 1) / share) { piece in
    let range = piece * share..<min(count, (piece + 1) * share)
    let left = a.view(byRows ? range : 0..<rows, ofColumns: transposingA)
    let right = b.view(byRows ? 0..<columns : range, ofColumns: !transposingB)
    var part = [Float](
      repeating: 0, count: (byRows ? columns : rows) * range.count)
    BLAS.multiply(
      left, transposingA: transposingA, right, transposingB: transposingB, into: &part)
    return part
  }
  if byRows { return Tensor(rows: rows, width: columns, values: pieces.flatMap { $0 }) }
  var result = Tensor(rows: rows, width: columns)
  for (piece, part) in pieces.enumerated() {
    Kernels.add(
      part, width: part.count / max(rows, 1), to: &result.values, stride: columns,
      column: piece * share)
  }
  return result
}

extension MatrixPart {
  /// Some columns, or some rows.
  @_lifetime(borrow self)
  fileprivate func view(_ range: Range<Int>, ofColumns: Bool) -> MatrixView {
    MatrixView(
      values.span, from: offset + range.lowerBound * (ofColumns ? 1 : columns),
      rows: ofColumns ? rows : range.count, columns: ofColumns ? range.count : columns,
      stride: columns)
  }
}

/// sums[offset + i] += x[i].
package func add(_ x: [Float], to sums: inout [Float], from offset: Int) {
  Kernels.add(x, width: x.count, to: &sums, stride: sums.count, column: offset)
}
