import Native

/// y = activation(x Wᵀ + bias) with a W that is not learned, so the backward pass is dx alone.
///
/// - Shapes: W `[outputs, inputs]` as stored in checkpoints, bias `[outputs]`.
package struct Linear: Sendable {
  package let weight: FloatTable
  package let bias: [Float]?
  private let packed: PackedMatrix

  package init(weight: FloatTable, outputs: Int, inputs: Int, bias: [Float]?) {
    precondition(
      weight.count == outputs * inputs,
      "expected \(outputs) × \(inputs) weights, found \(weight.count)")
    self.weight = weight
    self.bias = bias
    packed = PackedMatrix(MatrixView(weight.span, rows: outputs, columns: inputs))
  }

  package var inputs: Int { packed.inputs }
  package var outputs: Int { packed.outputs }

  package func callAsFunction(_ x: Tensor, gelu: Bool = false) -> Tensor {
    Tensor(
      rows: x.rows, width: outputs,
      values: packed.multiply(x.values.span, rows: x.rows, bias: bias, gelu: gelu))
  }

  /// dx += dy W.
  package func backward(_ dy: Tensor, into dx: inout Tensor) {
    multiply(dy, MatrixView(weight.span, rows: outputs, columns: inputs), into: &dx, beta: 1)
  }
}

/// c = α op(a) b + β c.
package func multiply(
  _ a: Tensor, transposingA: Bool = false, _ b: MatrixView, transposingB: Bool = false,
  into c: inout Tensor, alpha: Float = 1, beta: Float = 0
) {
  BLAS.multiply(
    MatrixView(a.values.span, rows: a.rows, columns: a.width), transposingA: transposingA, b,
    transposingB: transposingB, into: &c.values, alpha: alpha, beta: beta)
}
