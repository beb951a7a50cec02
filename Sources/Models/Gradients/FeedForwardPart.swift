import Native
import Tensors

/// down(activation(up(x))), or down(activation(gate(x)) ∘ up(x)) with both maps' outputs side by side.
struct FeedForwardPart: ResidualPart {
  let norm: any Normalization
  var normFirst = true
  let up, down: Projection
  let gated: Bool
  let activation: Activation

  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) {
    down(gated ? Tensors.gated(up(x), activation) : up(x, activation), addingTo: &y)
  }

  func backward(
    _ dy: Tensor, from x: Tensor, _ pass: Pass, into gradients: inout PassGradients
  ) -> Tensor {
    let hidden = up(x)
    let dHidden = down.backward(
      dy, from: gated ? Tensors.gated(hidden, activation) : activated(hidden, activation),
      into: &gradients.inside)
    let dUp =
      gated
      ? gatedBackward(hidden, dHidden, activation) : activatedBackward(hidden, dHidden, activation)
    return up.backward(dUp, from: x, into: &gradients.inside)
  }
}
