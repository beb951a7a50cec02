import Native
import Tensors

/// Start and end logits of every token, from the network's last states.
///
///     logits = H Wᵀ + b,   H [tokens, width],  W [2, width],  b [2]
///
/// - Source: Devlin et al. 2019, arXiv:1810.04805, section 4.2.
package struct SpanHead: Sendable {
  private let weight, bias: ParameterLayout.Slice

  /// Lays the head out in `layout`.
  package init(width: Int, in layout: inout ParameterLayout) {
    weight = layout.append("head.weight", rows: 2, columns: width)
    bias = layout.append("head.bias", rows: 1, columns: 2)
  }

  package func initialize(_ parameters: inout [Float], using random: inout SplitMix64) {
    for i in weight.range { parameters[i] = random.normal(deviation: 0.02) }
  }

  /// - Shapes: states `[tokens, width]`; result `[tokens, 2]`, start and end.
  package func callAsFunction(_ states: Tensor, parameters: [Float]) -> Tensor {
    var logits = Tensor(rows: states.rows, width: 2)
    for row in 0..<states.rows {
      logits[row, 0] = parameters[bias.offset]
      logits[row, 1] = parameters[bias.offset + 1]
    }
    multiply(
      states, MatrixView(parameters.span, weight), transposingB: true, into: &logits, beta: 1)
    return logits
  }

  /// Adds the head's gradient to `gradient` and returns ∂loss/∂states for dy = ∂loss/∂logits.
  package func backward(
    _ dy: Tensor, states: Tensor, parameters: [Float], into gradient: inout [Float]
  ) -> Tensor {
    BLAS.multiply(
      MatrixView(dy.values.span, rows: dy.rows, columns: 2), transposingA: true,
      MatrixView(states.values.span, rows: states.rows, columns: states.width), into: &gradient,
      from: weight.offset, beta: 1)
    for row in 0..<dy.rows {
      gradient[bias.offset] += dy[row, 0]
      gradient[bias.offset + 1] += dy[row, 1]
    }
    var dStates = Tensor(rows: states.rows, width: states.width)
    multiply(dy, MatrixView(parameters.span, weight), into: &dStates)
    return dStates
  }
}
