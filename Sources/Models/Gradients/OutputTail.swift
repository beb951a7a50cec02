import Native
import Tensors

/// From the last states to the loss of the tokens that they predict.
struct OutputTail: Sendable {
  let norm: (any Normalization)?
  var projectOut: Projection?
  let head: Projection

  /// The summed loss of the targets, which the states predict row by row.
  ///
  /// Logits exist for a few states at a time: of a large vocabulary they are the largest of all.
  /// - Parameters:
  ///   - dStates: gets ∂(scale · loss)/∂states unless it is nil.
  ///   - inside: the gradient of what was learned inside is added to it.
  func loss(
    _ states: Tensor, targets: [Int32], _ loss: TokenLoss, scale: Float, dStates: inout Tensor?,
    inside: inout [Float]
  ) -> Double {
    precondition(
      states.rows == targets.count, "expected \(states.rows) targets, found \(targets.count)")
    var sum = 0.0
    var gradients: [Tensor] = []
    for first in stride(from: 0, to: states.rows, by: 128) {
      let rows = first..<min(first + 128, states.rows)
      let x = states.rows(rows)
      let normed = norm?.forward(x) ?? x
      let projected = projectOut?(normed) ?? normed
      var logits = head(projected)
      sum += loss(&logits, targets: Array(targets[rows]), scale: scale)
      guard dStates != nil else { continue }
      let dProjected = head.backward(logits, from: projected, into: &inside)
      let dNormed = projectOut?.backward(dProjected, from: normed, into: &inside) ?? dProjected
      gradients.append(norm?.backward(dNormed, from: x, into: &inside) ?? dNormed)
    }
    if dStates != nil { dStates = Tensor(stacking: gradients, width: states.width) }
    return sum
  }
}
