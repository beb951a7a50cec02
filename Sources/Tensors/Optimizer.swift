import Native

/// What turns gradients into steps, with all that it remembers from one step to the next.
package protocol Optimizer: Sendable {
  /// Steps taken.
  var step: Int { get set }
  /// Share of each parameter that a step at rate 1 takes off, whatever the gradient.
  var decay: Float { get set }
  /// What a resumed run needs beside the number of steps, by name; each keeps its length.
  var memory: [String: [Float]] { get set }

  /// One step, which `step` counts already, for `scale` times the gradient; each stretch of parameters
  /// in `groups` learns at `rate` times its factor.
  mutating func move(
    _ x: inout [Float], gradient: [Float], scale: Float, rate: Float,
    groups: [(range: Range<Int>, factor: Float)]
  )
}

extension Optimizer {
  /// One step; each stretch of parameters in `groups` learns at `rate` times its factor.
  ///
  /// - Parameter clip: largest Euclidean norm of the gradient; a longer one is scaled down to it.
  /// - Returns: the gradient's norm before clipping; the step is not taken when it is not finite.
  package mutating func update(
    _ x: inout [Float], gradient: [Float], rate: Float, clip: Float,
    groups: [(range: Range<Int>, factor: Float)]
  ) -> Float {
    let norm = Kernels.dot(gradient.span, gradient.span).squareRoot()
    guard norm.isFinite else { return norm }
    step += 1
    move(
      &x, gradient: gradient, scale: norm > clip ? clip / norm : 1, rate: rate, groups: groups)
    return norm
  }
}
