import Foundation

/// −log Σ_{t ∈ targets} softmax(x)_t over the finite logits of `x`, in nats: the negative log
/// marginal likelihood of any of the targets (Clark & Gardner 2018, arXiv:1710.10723); with one
/// target it is the cross-entropy.
///
/// - Requires: at least one target; positions that may not be chosen hold −∞.
package func marginalCrossEntropy(_ x: [Float], targets: [Int]) -> Float {
  precondition(!targets.isEmpty, "expected at least one target")
  return logSumExp(x) - logSumExp(targets.map { x[$0] })
}

/// d loss / dx = softmax(x) − softmax over the targets, times `scale`; zero where x is −∞.
package func marginalCrossEntropyBackward(
  _ x: [Float], targets: [Int], scale: Float
) -> [Float] {
  let all = logSumExp(x)
  var dx = x.map { $0 == -.infinity ? 0 : exp($0 - all) * scale }
  let chosen = logSumExp(targets.map { x[$0] })
  for target in targets { dx[target] -= exp(x[target] - chosen) * scale }
  return dx
}

/// log Σ eˣ, without overflow; −∞ of nothing.
package func logSumExp(_ x: [Float]) -> Float {
  guard let top = x.max(), top > -.infinity else { return -.infinity }
  return top + log(x.reduce(0) { $0 + exp($1 - top) })
}
