import Native
import Tensors

/// down(activation(up(x))), or down(activation(gate(x)) ∘ up(x)) with both maps' outputs side by side.
struct FeedForwardPart: ResidualPart {
  let norm: any Normalization
  var normFirst = true
  let up, down: Projection
  let gated: Bool
  let activation: Activation

  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) -> [Tensor] {
    let hidden = up(x)
    down(middle(hidden), addingTo: &y)
    return [hidden]
  }

  func backward(
    _ dy: Tensor, from x: @autoclosure () -> Tensor, _ products: [Tensor], _ pass: Pass,
    into gradients: inout PassGradients
  ) -> Tensor {
    let hidden = products[0]
    let dHidden = down.backward(dy, from: middle(hidden), into: &gradients.inside)
    let dUp =
      gated
      ? gatedBackward(hidden, dHidden, activation) : activatedBackward(hidden, dHidden, activation)
    return up.backward(dUp, from: x(), into: &gradients.inside)
  }

  private func middle(_ hidden: Tensor) -> Tensor {
    gated ? Tensors.gated(hidden, activation) : activated(hidden, activation)
  }
}
