import Native

/// Layer normalization over the last axis.
///
///     y = (x − mean(x)) / √(variance(x) + ε) · gain + bias
///
/// - Shapes: x, y `[tokens, width]`; gain, bias `[width]`.
/// - Source: Ba et al. 2016, arXiv:1607.06450.
package struct LayerNorm: Sendable {
  package let gain: [Float]
  package let bias: [Float]
  package let epsilon: Float

  package init(gain: [Float], bias: [Float], epsilon: Float) {
    precondition(gain.count == bias.count, "expected \(gain.count) biases, found \(bias.count)")
    self.gain = gain
    self.bias = bias
    self.epsilon = epsilon
  }

  package func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) -> Tensor {
    var nothing: Kernels.Normalized? = nil
    return forward(x, adding: residual, keeping: &nothing)
  }

  /// The forward pass that fills `normalized`, unless it is nil, for the backward pass.
  package func forward(
    _ x: Tensor, adding residual: Tensor? = nil, keeping normalized: inout Kernels.Normalized?
  ) -> Tensor {
    Tensor(
      rows: x.rows, width: x.width,
      values: Kernels.layerNorm(
        x.values, adding: residual?.values, gain: gain, bias: bias, epsilon: epsilon,
        keeping: &normalized))
  }

  /// ∂loss/∂x, which is ∂loss/∂residual too.
  package func backward(_ dy: Tensor, _ normalized: Kernels.Normalized) -> Tensor {
    Tensor(
      rows: dy.rows, width: dy.width,
      values: Kernels.layerNormBackward(dy.values, normalized, gain: gain))
  }

  /// The same where nothing was kept of the forward pass.
  package func backward(_ dy: Tensor, from x: Tensor) -> Tensor {
    var normalized: Kernels.Normalized? = .init()
    _ = forward(x, keeping: &normalized)
    return backward(dy, normalized!)
  }
}
