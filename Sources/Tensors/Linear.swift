import Native

/// y = activation(x Wᵀ + bias) with a W that is not learned, so the backward pass is dx alone.
///
/// - Shapes: W `[outputs, inputs]` as stored in checkpoints, bias `[outputs]`.
package struct Linear: Sendable {
  package let weight: FloatTable
  package let bias: [Float]?
  package let inputs: Int
  package let outputs: Int
  private let product: any WeightMatrix

  package init(weight: FloatTable, outputs: Int, inputs: Int, bias: [Float]?) {
    precondition(
      weight.count == outputs * inputs,
      "expected \(outputs) × \(inputs) weights, found \(weight.count)")
    self.weight = weight
    self.bias = bias
    self.inputs = inputs
    self.outputs = outputs
    product = PackedMatrix(MatrixView(weight.span, rows: outputs, columns: inputs))
  }

  private init(rounding linear: Linear) {
    (weight, bias, inputs, outputs) = (linear.weight, linear.bias, linear.inputs, linear.outputs)
    product = QuantizedMatrix(
      MatrixView(linear.weight.span, rows: linear.outputs, columns: linear.inputs))
  }

  /// The same map on 8-bit integers.
  package var quantized: Linear { Linear(rounding: self) }

  package func callAsFunction(_ x: Tensor, gelu: Bool = false) -> Tensor {
    Tensor(
      rows: x.rows, width: outputs,
      values: product.multiply(
        x.values, rows: x.rows, bias: bias, gelu ? .gelu : .identity, over: .callingOne))
  }

  /// dx += dy W.
  ///
  /// - Requires: float32 weights.
  package func backward(_ dy: Tensor, into dx: inout Tensor) {
    guard let matrix = product as? PackedMatrix else {
      preconditionFailure("expected float32 weights to go back through, found int8")
    }
    matrix.multiplyTransposed(
      dy.values, rows: dy.rows, adding: true, into: &dx.values, over: .callingOne)
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
