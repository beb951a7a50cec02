/// A norm of rows that a network applies before its parts, or after them.
package protocol Normalization: Sendable {
  func forward(_ x: Tensor) -> Tensor

  /// ∂loss/∂x for dy = ∂loss/∂y.
  func backward(_ dy: Tensor, from x: Tensor) -> Tensor
}

extension RMSNorm: Normalization {
  package func forward(_ x: Tensor) -> Tensor { self(x) }
}

extension LayerNorm: Normalization {
  package func forward(_ x: Tensor) -> Tensor { self(x) }
}
