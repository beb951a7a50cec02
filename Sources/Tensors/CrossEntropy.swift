import Foundation
import Native

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

/// How the loss of predicted tokens is counted, in nats.
///
///     −Σ q ln p + z ln² Σ eˣ,   p = softmax(x),  q = (1 − smoothing) [target] + smoothing / vocabulary
///
/// - Source: label smoothing, Szegedy et al. 2016, arXiv:1512.00567; z-loss, Chowdhery et al. 2022,
///   arXiv:2204.02311, section 5.
package struct TokenLoss: Sendable, Equatable {
  package var smoothing: Float = 0
  package var z: Float = 0

  package init(smoothing: Float = 0, z: Float = 0) {
    precondition(
      (0..<1).contains(smoothing) && z >= 0, "expected smoothing in 0 ..< 1 and z of at least 0")
    self.smoothing = smoothing
    self.z = z
  }

  /// The sum over rows of logits, each of which becomes its gradient times `scale`.
  ///
  /// - Shapes: logits `[targets, vocabulary]`.
  package func callAsFunction(
    _ logits: inout Tensor, targets: [Int32], scale: Float
  ) -> Double {
    Kernels.crossEntropy(
      &logits.values, targets: targets, smoothing: smoothing, z: z, scale: scale
    ).reduce(0) { $0 + Double($1) }
  }
}
