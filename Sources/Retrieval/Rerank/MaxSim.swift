import Native
import Tensors

/// Late interaction: every question token looks for its nearest passage token.
///
///     score = Σᵢ wᵢ maxⱼ qᵢ · pⱼ / Σᵢ wᵢ
///
/// - Shapes: q `[question tokens, width]`, p `[passage tokens, width]`, rows of length one.
/// - Source: Khattab & Zaharia 2020, arXiv:2004.12832; the weights are ours.
package enum MaxSim {
  /// qᵢ · pⱼ, `[question tokens, passage tokens]`.
  package static func similarities(_ q: Tensor, _ p: Tensor) -> Tensor {
    var similarities = Tensor(rows: q.rows, width: p.rows)
    multiply(
      q, MatrixView(p.values.span, rows: p.rows, columns: p.width), transposingB: true,
      into: &similarities)
    return similarities
  }

  /// Each row's largest value in `columns`; 0 where there is no column.
  package static func best(_ similarities: Tensor, columns: Range<Int>) -> [Float] {
    if columns.isEmpty { return [Float](repeating: 0, count: similarities.rows) }
    let values = similarities.values.span
    return (0..<similarities.rows).map { row in
      let start = row * similarities.width
      return Kernels.max(
        values.extracting(start + columns.lowerBound..<start + columns.upperBound))
    }
  }

  /// The weighted mean of the best similarities.
  ///
  /// - Requires: weights that are not all zero.
  package static func score(_ best: [Float], weights: [Float]) -> Float {
    zip(best, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
  }
}
