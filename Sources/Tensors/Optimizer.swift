import Native

/// What turns gradients into steps, with all that it remembers from one step to the next.
package protocol Optimizer: Sendable {
  /// Steps taken.
  var step: Int { get set }
  /// Share of each parameter that a step at rate 1 takes off, whatever the gradient.
  var decay: Float { get set }
  /// What a resumed run needs beside the number of steps, by name; each keeps its length.
  var memory: [String: [Float]] { get set }

  /// One step; each stretch of parameters in `groups` learns at `rate` times its factor.
  ///
  /// - Parameter clip: largest Euclidean norm of the gradient; a longer one is scaled down to it.
  /// - Returns: the gradient's norm before clipping; the step is not taken when it is not finite.
  mutating func update(
    _ x: inout [Float], gradient: [Float], rate: Float, clip: Float,
    groups: [(range: Range<Int>, factor: Float)]
  ) -> Float
}
