import Native

extension CachedAttention {
  /// ∂loss/∂x of self-attention inside a ragged batch, for dy = ∂loss/∂out; the probabilities are
  /// computed anew, a block of queries at a time, so that none were kept.
  ///
  /// - Shapes: x and the result `[tokens, (heads + 2 keyHeads) headWidth]`, queries, keys and values
  ///   side by side; dy `[tokens, heads headWidth]`.
  package func backward(
    _ dy: Tensor, from x: Tensor, starts: [Int], bias: PositionBias? = nil
  ) -> Tensor {
    let (dq, dkv) = Kernels.attendBackward(
      how, q: .init(x.values, stride: x.width, starts: starts),
      kv: .init(x.values, stride: x.width, offset: dy.width, starts: starts), bias: bias,
      dOut: dy.values)
    return Tensor(
      joining: Tensor(rows: x.rows, width: dy.width, values: dq),
      Tensor(rows: x.rows, width: x.width - dy.width, values: dkv))
  }

  /// The same of attention to rows of keys and values, `[keys, 2 keyHeads headWidth]`.
  ///
  /// - Parameter keyStarts: first key of each sequence, and the number of keys as the last element.
  package func backward(
    _ dy: Tensor, from q: Tensor, starts: [Int], to kv: Tensor, keyStarts: [Int],
    bias: PositionBias? = nil
  ) -> (dq: Tensor, dkv: Tensor) {
    let (dq, dkv) = Kernels.attendBackward(
      how, q: .init(q.values, stride: q.width, starts: starts),
      kv: .init(kv.values, stride: kv.width, starts: keyStarts), bias: bias, dOut: dy.values)
    return (
      Tensor(rows: q.rows, width: dy.width, values: dq),
      Tensor(rows: kv.rows, width: kv.width, values: dkv)
    )
  }
}
