import Native

/// Scaled dot-product attention, every sequence of a ragged batch by itself, so no pad exists.
///
///     out = softmax(q kᵀ / √headWidth) v        per sequence and head
///
/// - Source: Vaswani et al. 2017, arXiv:1706.03762.
package struct RaggedAttention {
  package let heads: Int
  /// First token of each sequence, and the number of tokens as the last element.
  package let starts: [Int]

  package init(heads: Int, starts: [Int]) {
    self.heads = heads
    self.starts = starts
  }

  /// - Shapes: q, k, v and the result `[tokens, width]`. Each element of `probabilities`, which is
  ///   appended to unless nil, is one sequence's `[heads, length, length]`.
  package func forward(
    q: Tensor, k: Tensor, v: Tensor, keeping probabilities: inout [[Float]]?
  ) -> Tensor {
    var out = Tensor(rows: q.rows, width: q.width)
    for (start, end) in zip(starts, starts.dropFirst()) {
      let p = Kernels.attention(
        q.values, k.values, v.values, rows: start..<end, heads: heads, width: q.width,
        keepingProbabilities: probabilities != nil, into: &out.values)
      probabilities?.append(p)
    }
    return out
  }

  /// Writes ∂loss/∂q, ∂loss/∂k and ∂loss/∂v for dy = ∂loss/∂out.
  package func backward(
    _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, probabilities: [[Float]]
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    var dq = Tensor(rows: q.rows, width: q.width)
    var dk = dq
    var dv = dq
    let headWidth = q.width / heads
    let scale = 1 / Float(headWidth).squareRoot()
    for (sequence, (start, end)) in zip(starts, starts.dropFirst()).enumerated() {
      let length = end - start
      let weights = probabilities[sequence]
      for head in 0..<heads {
        let offset = start * q.width + head * headWidth
        let square = head * length * length
        let p = MatrixView(
          weights.span, from: square, rows: length, columns: length)
        let dOut = MatrixView(
          dy.values.span, from: offset, rows: length, columns: headWidth, stride: dy.width)
        let queries = MatrixView(
          q.values.span, from: offset, rows: length, columns: headWidth, stride: q.width)
        let keys = MatrixView(
          k.values.span, from: offset, rows: length, columns: headWidth, stride: k.width)
        let values = MatrixView(
          v.values.span, from: offset, rows: length, columns: headWidth, stride: v.width)
        // out = p v
        BLAS.multiply(
          p, transposingA: true, dOut, into: &dv.values, from: offset, stride: dv.width)
        var dScores = [Float](repeating: 0, count: length * length)
        BLAS.multiply(dOut, values, transposingB: true, into: &dScores)
        // p = softmax(scale · q kᵀ)
        Kernels.softmaxBackward(
          weights, from: square, &dScores, width: length, scale: scale)
        let ds = MatrixView(dScores.span, rows: length, columns: length)
        BLAS.multiply(ds, keys, into: &dq.values, from: offset, stride: dq.width)
        BLAS.multiply(
          ds, transposingA: true, queries, into: &dk.values, from: offset, stride: dk.width)
      }
    }
    return (dq, dk, dv)
  }
}
