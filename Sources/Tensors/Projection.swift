import Native

/// y = activation(x Wᵀ + bias) for inference alone: W is packed and not kept, and threads share one
/// product. (`Linear` keeps W for its backward pass and stays on its thread.)
///
/// - Shapes: W `[outputs, inputs]` as stored in checkpoints, bias `[outputs]`.
package struct Projection: Sendable {
  package let bias: [Float]?
  private let weights: Weights

  /// How the weights are kept.
  private enum Weights: Sendable {
    case float32(PackedMatrix)
  }

  package init(weight: FloatTable, outputs: Int, inputs: Int, bias: [Float]? = nil) {
    precondition(
      weight.count == outputs * inputs,
      "expected \(outputs) × \(inputs) weights, found \(weight.count)")
    self.bias = bias
    weights = .float32(PackedMatrix(MatrixView(weight.span, rows: outputs, columns: inputs)))
  }

  /// Several matrices below each other, so that one product gives their outputs side by side.
  package init(joining tables: [FloatTable], inputs: Int, biases: [[Float]]? = nil) {
    let joined = tables.count == 1 ? tables[0] : FloatTable(tables.flatMap { $0.copy() })
    self.init(
      weight: joined, outputs: joined.count / inputs, inputs: inputs,
      bias: biases.map { Array($0.joined()) })
  }

  package var inputs: Int {
    switch weights {
    case .float32(let matrix): matrix.inputs
    }
  }

  package var outputs: Int {
    switch weights {
    case .float32(let matrix): matrix.outputs
    }
  }

  package func callAsFunction(_ x: Tensor, _ activation: Activation = .identity) -> Tensor {
    var y = Tensor(rows: x.rows, width: outputs)
    multiply(x, activation, into: &y)
    return y
  }

  /// y += x Wᵀ + bias: the product and its residual connection in one.
  package func callAsFunction(_ x: Tensor, addingTo y: inout Tensor) {
    multiply(x, .identity, adding: true, into: &y)
  }

  /// dx += dy W, for y = x Wᵀ + bias.
  package func backward(_ dy: Tensor, addingTo dx: inout Tensor) {
    switch weights {
    case .float32(let matrix):
      matrix.multiplyTransposed(dy.values, rows: dy.rows, adding: true, into: &dx.values)
    }
  }

  package func backward(_ dy: Tensor) -> Tensor {
    var dx = Tensor(rows: dy.rows, width: inputs)
    backward(dy, addingTo: &dx)
    return dx
  }

  private func multiply(
    _ x: Tensor, _ activation: Activation, adding: Bool = false, into y: inout Tensor
  ) {
    switch weights {
    case .float32(let matrix):
      matrix.multiply(
        x.values, rows: x.rows, bias: bias, activation, adding: adding, into: &y.values)
    }
  }
}
