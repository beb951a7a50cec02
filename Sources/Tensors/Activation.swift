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
