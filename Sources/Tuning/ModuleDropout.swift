import Tensors

/// Leaves out numbers of a module while it learns, others in each step, and makes the rest larger in
/// proportion; where the numbers are vectors that stand in a prompt this is dropout, in matrices it
/// is DropConnect.
///
/// Which ones is a function of the seed and the step alone, so that a resumed run leaves out the same.
/// - Source: Srivastava et al. 2014, JMLR 15; Wan et al. 2013, ICML.
package struct ModuleDropout: Equatable, Sendable {
  /// The probability that a number is left out.
  package var rate: Float = 0
  package var seed: UInt64 = 1

  /// - Requires: a rate in 0 ..< 1.
  package init(rate: Float = 0, seed: UInt64 = 1) {
    precondition((0..<1).contains(rate), "expected a rate in 0 ..< 1, found \(rate)")
    self.rate = rate
    self.seed = seed
  }

  /// The loss and gradient of a step under its mask: ∂loss/∂x = mask ∘ ∂loss/∂(mask ∘ x).
  func apply(
    step: Int, _ x: [Float], _ gradient: ([Float]) throws -> (loss: Float, gradient: [Float])
  ) rethrows -> (loss: Float, gradient: [Float]) {
    if rate == 0 { return try gradient(x) }
    let mask = mask(step: step, count: x.count)
    let (loss, dx) = try gradient(zip(mask, x).map(*))
    return (loss, zip(mask, dx).map(*))
  }

  /// 0 with the probability `rate`, else 1 / (1 − rate).
  func mask(step: Int, count: Int) -> [Float] {
    var mixer = SplitMix64(seed: seed)
    var random = SplitMix64(seed: mixer.next() &+ UInt64(step))
    let kept = 1 / (1 - rate)
    return (0..<count).map { _ in random.uniform() < Double(rate) ? 0 : kept }
  }
}
