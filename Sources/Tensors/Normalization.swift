/// A norm of rows that a network applies before its parts, or after them.
package protocol Normalization: Sendable {
  func forward(_ x: Tensor) -> Tensor

  /// ∂loss/∂x for dy = ∂loss/∂y; what is learned of the norm adds its gradient to `gradient`.
  func backward(_ dy: Tensor, from x: Tensor, into gradient: inout [Float]) -> Tensor
}

extension RMSNorm: Normalization {
  package func forward(_ x: Tensor) -> Tensor { self(x) }
}

extension LayerNorm: Normalization {
  package func forward(_ x: Tensor) -> Tensor { self(x) }

  /// Nothing of it is ever learned.
  package func backward(_ dy: Tensor, from x: Tensor, into gradient: inout [Float]) -> Tensor {
    backward(dy, from: x)
  }
}
