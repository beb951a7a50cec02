import Native

/// GELU(x) = x Φ(x), the exact form with the error function.
///
/// - Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
package func gelu(_ x: Tensor) -> Tensor {
  Tensor(rows: x.rows, width: x.width, values: Kernels.gelu(x.values))
}

/// dx = dy · (Φ(x) + x φ(x)).
package func geluBackward(_ x: Tensor, _ dy: Tensor) -> Tensor {
  Tensor(rows: x.rows, width: x.width, values: Kernels.geluBackward(x.values, dy.values))
}

/// activation(x), number by number.
package func activated(_ x: Tensor, _ activation: Activation) -> Tensor {
  Tensor(rows: x.rows, width: x.width, values: Kernels.activate(x.values, activation))
}

/// dx = dy · activation'(x).
package func activatedBackward(_ x: Tensor, _ dy: Tensor, _ activation: Activation) -> Tensor {
  Tensor(
    rows: x.rows, width: x.width, values: Kernels.activateBackward(x.values, dy.values, activation))
}
