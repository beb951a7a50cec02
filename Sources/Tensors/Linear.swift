import Native

/// y = activation(x Wᵀ + bias) with a W that is not learned, so the backward pass is dx alone.
///
/// - Shapes: W `[outputs, inputs]` as stored in checkpoints, bias `[outputs]`.
package struct Linear: Sendable {
  package let weight: FloatTable
  package let bias: [Float]?
  package let inputs: Int
  package let outputs: Int
  private let product: Product

  private enum Product {
    case float(PackedMatrix)
    case int8(QuantizedMatrix)
  }

  package init(weight: FloatTable, outputs: Int, inputs: Int, bias: [Float]?) {
    precondition(
      weight.count == outputs * inputs,
      "expected \(outputs) × \(inputs) weights, found \(weight.count)")
    self.weight = weight
    self.bias = bias
    self.inputs = inputs
    self.outputs = outputs
    product = .float(PackedMatrix(MatrixView(weight.span, rows: outputs, columns: inputs)))
  }

  private init(rounding linear: Linear) {
    (weight, bias, inputs, outputs) = (linear.weight, linear.bias, linear.inputs, linear.outputs)
    let rounded = QuantizedMatrix(
      MatrixView(linear.weight.span, rows: linear.outputs, columns: linear.inputs))
    product = .int8(rounded)
  }

  /// The same map on 8-bit integers.
  package var quantized: Linear { Linear(rounding: self) }

  package func callAsFunction(_ x: Tensor, gelu: Bool = false) -> Tensor {
    let y =
      switch product {
      case .float(let w): w.multiply(x.values.span, rows: x.rows, bias: bias, gelu: gelu)
      case .int8(let w): w.multiply(x.values.span, rows: x.rows, bias: bias, gelu: gelu)
      }
    return Tensor(rows: x.rows, width: outputs, values: y)
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
