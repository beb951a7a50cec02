import Native

/// What low-rank adaptation adds to some outputs of a frozen map.
///
///     y += scale · (x Aᵀ) Bᵀ,   A [rank, inputs],  B [outputs, rank]
///
/// - Source: Hu et al. 2021, arXiv:2106.09685.
package struct LowRank: Sendable {
  /// The map's outputs that it changes.
  package let outputs: Range<Int>
  private let scale: Float
  private let a, b: Tensor
  /// A, and scale · B.
  private let packedA, packedB: PackedMatrix
  /// Where the gradients of A and of B begin in a flat vector.
  private let offsets: (a: Int, b: Int)

  /// - Parameter firstOutput: the map's output that B's first row belongs to.
  package init(
    a: Tensor, b: Tensor, scale: Float, firstOutput: Int = 0, offsets: (a: Int, b: Int) = (0, 0)
  ) {
    precondition(a.rows == b.width, "expected rank \(a.rows), found \(b.width)")
    (self.a, self.scale, self.offsets) = (a, scale, offsets)
    self.b = Tensor(rows: b.rows, width: b.width, values: b.values.map { scale * $0 })
    outputs = firstOutput..<firstOutput + b.rows
    packedA = PackedMatrix(MatrixView(a.values.span, rows: a.rows, columns: a.width))
    let scaled = self.b
    packedB = PackedMatrix(MatrixView(scaled.values.span, rows: b.rows, columns: b.width))
  }

  package var inputs: Int { a.width }

  /// scale · B A in its place among the map's outputs, `[outputs, inputs]`.
  func difference(outputs count: Int) -> [Float] {
    var difference = [Float](repeating: 0, count: count * inputs)
    let change = product(MatrixPart(b), MatrixPart(a))
    Tensors.add(change.values, to: &difference, from: outputs.lowerBound * inputs)
    return difference
  }

  func add(_ x: Tensor, to y: inout Tensor) {
    let low = packedA.multiply(x.values, rows: x.rows, bias: nil)
    if outputs.count == y.width {
      packedB.multiply(low, rows: x.rows, bias: nil, addingTo: &y.values)
    } else {
      Kernels.add(
        packedB.multiply(low, rows: x.rows, bias: nil), width: outputs.count, to: &y.values,
        stride: y.width, column: outputs.lowerBound)
    }
  }

  /// Adds ∂loss/∂x, ∂loss/∂A and ∂loss/∂B for dy = ∂loss/∂(the map's outputs).
  func backward(_ dy: Tensor, from x: Tensor, addingTo dx: inout Tensor, _ gradient: inout [Float])
  {
    let dy = dy.columns(outputs)
    let low = Tensor(
      rows: x.rows, width: a.rows, values: packedA.multiply(x.values, rows: x.rows, bias: nil))
    var dLow = Tensor(rows: x.rows, width: a.rows)
    packedB.multiplyTransposed(dy.values, rows: dy.rows, into: &dLow.values)
    packedA.multiplyTransposed(dLow.values, rows: dLow.rows, adding: true, into: &dx.values)
    let da = product(MatrixPart(dLow), transposingA: true, MatrixPart(x))
    var db = product(MatrixPart(dy), transposingA: true, MatrixPart(low))
    for i in db.values.indices { db.values[i] *= scale }
    Tensors.add(da.values, to: &gradient, from: offsets.a)
    Tensors.add(db.values, to: &gradient, from: offsets.b)
  }
}
