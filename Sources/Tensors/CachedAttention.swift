import Native

/// Attention of a ragged batch of new tokens to keys and values that each sequence has cached.
///
///     out = softmax(scale q kᵀ + bias) v        per sequence and head
///
/// Every sequence has its own cache, which grows by its new tokens, and may see others before it.
/// - Source: Vaswani et al. 2017, arXiv:1706.03762; shared key heads: Ainslie et al. 2023,
///   arXiv:2305.13245; windows: Beltagy et al. 2020, arXiv:2004.05150.
package struct CachedAttention: Sendable {
  package let how: Kernels.Attending
  /// What was learned to stand before the keys and values of every sequence.
  package private(set) var prefix: AttentionPrefix?

  package init(_ how: Kernels.Attending) { self.how = how }

  /// Floats of one token's keys and values.
  package var keyValueWidth: Int { 2 * how.keyHeads * how.headWidth }

  /// Puts learned keys and values before those of every sequence, which stand that much later.
  ///
  /// - Parameters:
  ///   - rows: keys of all heads, then values, as they are cached, `[vectors, keyValueWidth]`.
  ///   - offset: where their gradient begins in a flat vector.
  package mutating func attach(prefix rows: Tensor, offset: Int = 0) {
    precondition(
      rows.width == keyValueWidth && rows.rows > 0,
      "expected vectors of \(keyValueWidth) floats, found \(rows.rows) of \(rows.width)")
    let cache = caches(rows, starts: [0, rows.rows])[0]
    prefix = AttentionPrefix(rows: rows, offset: offset, cache: cache)
  }

  /// Vectors that stand before each sequence.
  package var prefixLength: Int { prefix?.rows.rows ?? 0 }

  /// Self-attention; the new tokens' keys and values go into `own` first.
  ///
  /// - Parameters:
  ///   - x: queries, keys and values of the new tokens side by side,
  ///     `[tokens, (heads + 2 keyHeads) headWidth]`.
  ///   - starts: first row of each sequence, and the number of rows as the last element.
  ///   - shared: the caches that each sequence sees before its own, oldest first.
  /// - Returns: `[tokens, heads headWidth]`.
  package func callAsFunction(
    _ x: Tensor, starts: [Int], shared: [[PackedKeyValues]], own: inout [PackedKeyValues],
    bias: PositionBias? = nil
  ) -> Tensor {
    var out = Tensor(rows: x.rows, width: how.heads * how.headWidth)
    let shared = prefix.map { prefix in shared.map { [prefix.cache] + $0 } } ?? shared
    Kernels.attend(
      how, x.values, stride: x.width, appends: true, starts: starts, shared: shared, own: &own,
      bias: bias, into: &out.values)
    return out
  }

  /// Attention inside a ragged batch that nothing is to follow, so that nothing is kept.
  package func callAsFunction(_ x: Tensor, starts: [Int], bias: PositionBias? = nil) -> Tensor {
    var caches = zip(starts, starts.dropFirst()).map { start, end in
      PackedKeyValues(heads: how.keyHeads, headWidth: how.headWidth, capacity: end - start)
    }
    return self(
      x, starts: starts, shared: caches.map { _ in [] }, own: &caches, bias: bias)
  }

  /// Cross-attention of queries `[tokens, heads headWidth]` to one finished cache per sequence.
  package func callAsFunction(_ q: Tensor, starts: [Int], to caches: [PackedKeyValues]) -> Tensor {
    var out = Tensor(rows: q.rows, width: q.width)
    var caches = caches
    Kernels.attend(
      how, q.values, stride: q.width, appends: false, starts: starts,
      shared: caches.map { _ in prefix.map { [$0.cache] } ?? [] }, own: &caches, bias: nil,
      into: &out.values)
    return out
  }

  /// Finished caches of `x`, keys and values side by side `[tokens, 2 keyHeads headWidth]`.
  package func caches(_ x: Tensor, starts: [Int]) -> [PackedKeyValues] {
    Kernels.keyValues(x.values, heads: how.keyHeads, headWidth: how.headWidth, starts: starts)
  }
}

/// Learned keys and values that attention sees before those of every sequence.
///
/// - Source: Li & Liang 2021, arXiv:2101.00190.
package struct AttentionPrefix: Sendable {
  /// Keys of all heads, then values, `[vectors, 2 keyHeads headWidth]`.
  let rows: Tensor
  /// Where their gradient begins in a flat vector.
  let offset: Int
  let cache: PackedKeyValues
}
