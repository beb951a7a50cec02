import Native

/// y = activation(x Wᵀ + bias) with a W that is packed and not kept; threads share one product, also
/// back to dx. (`Linear` keeps W and stays on its thread.)
///
/// - Shapes: W `[outputs, inputs]` as stored in checkpoints, bias `[outputs]`.
package struct Projection: Sendable {
  package let bias: [Float]?
  private let weights: Weights

  /// How the weights are kept.
  private enum Weights: Sendable {
    case float32(PackedMatrix)
    case int8(QuantizedMatrix)
  }

  package init(_ weight: StoredMatrix, bias: [Float]? = nil, _ precision: Precision = .float32) {
    precondition(
      bias.map { $0.count == weight.rows } ?? true, "expected a bias of \(weight.rows)")
    self.bias = bias
    switch precision {
    case .float32: weights = .float32(PackedMatrix(weight))
    case .int8: weights = .int8(QuantizedMatrix(weight))
    }
  }

  package var inputs: Int {
    switch weights {
    case .float32(let matrix): matrix.inputs
    case .int8(let matrix): matrix.inputs
    }
  }

  package var outputs: Int {
    switch weights {
    case .float32(let matrix): matrix.outputs
    case .int8(let matrix): matrix.outputs
    }
  }

  package func callAsFunction(_ x: Tensor, _ activation: Activation = .identity) -> Tensor {
    let y =
      switch weights {
      case .float32(let matrix): matrix.multiply(x.values, rows: x.rows, bias: bias, activation)
      case .int8(let matrix): matrix.multiply(x.values, rows: x.rows, bias: bias, activation)
      }
    return Tensor(rows: x.rows, width: outputs, values: y)
  }

  /// y += x Wᵀ + bias: the product and its residual connection in one.
  package func callAsFunction(_ x: Tensor, addingTo y: inout Tensor) {
    switch weights {
    case .float32(let matrix):
      matrix.multiply(x.values, rows: x.rows, bias: bias, addingTo: &y.values)
    case .int8(let matrix):
      matrix.multiply(x.values, rows: x.rows, bias: bias, addingTo: &y.values)
    }
  }

  /// dx += dy W, for y = x Wᵀ + bias.
  ///
  /// - Requires: float32 weights.
  package func backward(_ dy: Tensor, addingTo dx: inout Tensor) {
    switch weights {
    case .float32(let matrix):
      matrix.multiplyTransposed(dy.values, rows: dy.rows, adding: true, into: &dx.values)
    case .int8: preconditionFailure("expected float32 weights to go back through, found int8")
    }
  }

  package func backward(_ dy: Tensor) -> Tensor {
    var dx = Tensor(rows: dy.rows, width: inputs)
    backward(dy, addingTo: &dx)
    return dx
  }
}
