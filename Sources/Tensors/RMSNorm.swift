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

  package init(gain: [Float], epsilon: Float) {
    precondition(!gain.isEmpty, "expected at least one gain")
    self.gain = gain
    self.epsilon = epsilon
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
