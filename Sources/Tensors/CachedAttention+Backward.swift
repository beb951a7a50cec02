import Native

extension CachedAttention {
  /// ∂loss/∂x of self-attention inside a ragged batch, for dy = ∂loss/∂out; the probabilities are
  /// computed anew, a block of queries at a time, so that none were kept.
  ///
  /// - Shapes: x and the result `[tokens, (heads + 2 keyHeads) headWidth]`, queries, keys and values
  ///   side by side; dy `[tokens, heads headWidth]`.
  /// - Parameter gradient: that of a prefix and of a bias that is learned is added to it.
  package func backward(
    _ dy: Tensor, from x: Tensor, starts: [Int], bias: PositionBias? = nil,
    into gradient: inout [Float]
  ) -> Tensor {
    guard prefix == nil else {
      let (dq, dkv) = backward(
        dy, from: x.columns(0..<dy.width), starts: starts, to: x.columns(dy.width..<x.width),
        keyStarts: starts, queriesAreLast: true, bias: bias, into: &gradient)
      return Tensor(joining: dq, dkv)
    }
    let (dq, dkv, dBias) = Kernels.attendBackward(
      how, q: .init(x.values, stride: x.width, starts: starts),
      kv: .init(x.values, stride: x.width, offset: dy.width, starts: starts),
      queriesAreLast: true, bias: bias, dOut: dy.values)
    bias?.add(dBias, to: &gradient)
    return Tensor(
      joining: Tensor(rows: x.rows, width: dy.width, values: dq),
      Tensor(rows: x.rows, width: x.width - dy.width, values: dkv))
  }

  /// The same of attention to rows of keys and values, `[keys, 2 keyHeads headWidth]`.
  ///
  /// - Parameters:
  ///   - keyStarts: first key of each sequence, and the number of keys as the last element.
  ///   - queriesAreLast: whether the queries are those of the last keys.
  package func backward(
    _ dy: Tensor, from q: Tensor, starts: [Int], to kv: Tensor, keyStarts: [Int],
    queriesAreLast: Bool = false, bias: PositionBias? = nil, into gradient: inout [Float]
  ) -> (dq: Tensor, dkv: Tensor) {
    let seen = prefix.map { kv.preceded(by: [$0.rows], starts: keyStarts) } ?? (kv, keyStarts)
    let (dq, dkv, dBias) = Kernels.attendBackward(
      how, q: .init(q.values, stride: q.width, starts: starts),
      kv: .init(seen.0.values, stride: kv.width, starts: seen.1), queriesAreLast: queriesAreLast,
      bias: bias, dOut: dy.values)
    bias?.add(dBias, to: &gradient)
    var keysAndValues = Tensor(rows: seen.0.rows, width: kv.width, values: dkv)
    if let prefix {
      var sum = [Tensor(rows: prefix.rows.rows, width: kv.width)]
      keysAndValues = keysAndValues.split(after: &sum, starts: seen.1)
      add(sum[0].values, to: &gradient, from: prefix.offset)
    }
    return (Tensor(rows: q.rows, width: dy.width, values: dq), keysAndValues)
  }
}

extension PositionBias {
  /// Adds ∂loss/∂values where each of them is learned.
  fileprivate func add(_ dValues: [Float], to gradient: inout [Float]) {
    for (place, value) in zip(places, dValues) { gradient[place] += value }
  }
}
