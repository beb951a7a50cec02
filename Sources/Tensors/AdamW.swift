import Native

/// Adam with decoupled weight decay over one flat vector of parameters.
///
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
///     x ← x − rate · (m̂ / (√v̂ + ε) + decay · x)
///
/// - Source: Loshchilov & Hutter 2019, arXiv:1711.05101.
package struct AdamW: Optimizer {
  package var beta1: Float = 0.9
  package var beta2: Float = 0.999
  package var epsilon: Float = 1e-8
  package var decay: Float = 0
  private var first: [Float]
  private var second: [Float]
  package var step = 0

  package init(count: Int) {
    first = [Float](repeating: 0, count: count)
    second = first
  }

  package var memory: [String: [Float]] {
    get { ["first": first, "second": second] }
    set {
      first = newValue["first"] ?? first
      second = newValue["second"] ?? second
    }
  }

  package mutating func move(
    _ x: inout [Float], gradient: [Float], scale: Float, rate: Float,
    groups: [(range: Range<Int>, factor: Float)]
  ) {
    for group in groups {
      Kernels.adamW(
        &x, gradient: gradient, first: &first, second: &second, range: group.range,
        Kernels.AdamWStep(
          rate: rate * group.factor, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: decay,
          step: step, scale: scale))
    }
  }
}
