import Native

/// Root-mean-square normalization over the last axis, without mean or bias.
///
///     y = x / √(mean(x²) + ε) · gain
///
/// - Shapes: x, y `[tokens, width]`; gain `[width]`.
/// - Source: Zhang & Sennrich 2019, arXiv:1910.07467.
package struct RMSNorm: Sendable {
  package let gain: [Float]
  package let epsilon: Float
  /// Where ∂loss/∂gain goes in a flat vector, and what it is multiplied by; nil where it is frozen.
  private var learned: (place: Int, factor: Float)?

  package init(gain: [Float], epsilon: Float, place: Int? = nil) {
    precondition(!gain.isEmpty, "expected at least one gain")
    self.gain = gain
    self.epsilon = epsilon
    learned = place.map { ($0, 1) }
  }

  /// The norm of `factor` times the gain, which is learned at the place of the gain itself.
  package func scaled(by factor: Float) -> RMSNorm {
    var norm = RMSNorm(gain: gain.map { $0 * factor }, epsilon: epsilon)
    norm.learned = learned.map { ($0.place, $0.factor * factor) }
    return norm
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    Tensor(
      rows: x.rows, width: x.width,
      values: Kernels.rmsNorm(x.values, gain: gain, epsilon: epsilon))
  }

  /// ∂loss/∂x for dy = ∂loss/∂y.
  package func backward(_ dy: Tensor, from x: Tensor) -> Tensor {
    Tensor(
      rows: x.rows, width: x.width,
      values: Kernels.rmsNormBackward(x.values, dy.values, gain: gain, epsilon: epsilon))
  }

  /// The same; ∂loss/∂gain is added to `gradient` where the gain is learned.
  package func backward(_ dy: Tensor, from x: Tensor, into gradient: inout [Float]) -> Tensor {
    guard let learned else { return backward(dy, from: x) }
    var products = Kernels.rmsNorm(
      x.values, gain: gain.map { _ in learned.factor }, epsilon: epsilon)
    for i in products.indices { products[i] *= dy.values[i] }
    addColumnSums(
      of: Tensor(rows: x.rows, width: x.width, values: products), to: &gradient,
      from: learned.place)
    return backward(dy, from: x)
  }
}

/// activation(left) ∘ right, the gated feed-forward layer's middle.
///
/// - Shapes: x `[tokens, 2 width]`, left and right its halves; result `[tokens, width]`.
/// - Source: Shazeer 2020, arXiv:2002.05202.
package func gated(_ x: Tensor, _ activation: Activation) -> Tensor {
  Tensor(
    rows: x.rows, width: x.width / 2,
    values: Kernels.gate(x.values, rows: x.rows, width: x.width / 2, activation))
}

/// ∂loss/∂x for dy = ∂loss/∂y: dy ∘ right ∘ activation'(left), then dy ∘ activation(left).
package func gatedBackward(_ x: Tensor, _ dy: Tensor, _ activation: Activation) -> Tensor {
  Tensor(
    rows: x.rows, width: x.width,
    values: Kernels.gateBackward(
      x.values, dy.values, rows: x.rows, width: dy.width, activation))
}
