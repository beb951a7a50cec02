import CKernels

/// A bias of attention scores that depends on the head and on how far the key is from the query.
package struct PositionBias: Sendable {
  /// `[heads, 2 reach − 1]`: the middle column is for a key at the query's own place.
  package let values: [Float]
  /// Farthest distance that it holds, plus one.
  package let reach: Int

  package init(values: [Float], reach: Int, heads: Int) {
    precondition(
      values.count == heads * (2 * reach - 1),
      "expected \(heads) × \(2 * reach - 1) floats, found \(values.count)")
    self.values = values
    self.reach = reach
  }
}

extension Kernels {
  /// Heads, and which keys a query sees.
  package struct Attending: Sendable {
    package let heads, keyHeads, headWidth: Int
    package let scale: Float
    package let causal: Bool
    package let window: Int?

    /// - Parameters:
    ///   - keyHeads: heads of keys and values, each shared by as many query heads in order.
    ///   - causal: whether a query sees no key after its own place.
    ///   - window: how many keys a query sees, its own included; nil is all.
    package init(
      heads: Int, keyHeads: Int? = nil, headWidth: Int, scale: Float, causal: Bool,
      window: Int? = nil
    ) {
      let keyHeads = keyHeads ?? heads
      precondition(heads % keyHeads == 0, "expected \(keyHeads) heads to divide \(heads)")
      precondition(window ?? 1 > 0, "expected a window of one key at least")
      self.heads = heads
      self.keyHeads = keyHeads
      self.headWidth = headWidth
      self.scale = scale
      self.causal = causal
      self.window = window
    }
  }

  /// Attention of a ragged batch to each sequence's caches; threads take (sequence, key head).
  ///
  /// - Parameters:
  ///   - x: rows of `stride` floats that begin with the queries of all heads; with `appends` the
  ///     keys and the values of those tokens follow, which are added to the last cache.
  ///   - starts: first row of each sequence, and the number of rows as the last element.
  ///   - shared: what each sequence sees before its own cache.
  package static func attend(
    _ how: Attending, _ x: [Float], stride: Int, appends: Bool, starts: [Int],
    shared: [[PackedKeyValues]], own: inout [PackedKeyValues], bias: PositionBias?,
    into out: inout [Float]
  ) {
    let (width, keyWidth) = (how.heads * how.headWidth, how.keyHeads * how.headWidth)
    let count = own.count
    precondition(
      starts.count == count + 1 && shared.count == count && x.count == starts[count] * stride
        && out.count == starts[count] * width && stride >= width + (appends ? 2 * keyWidth : 0),
      "expected \(count) sequences of rows of \(stride) floats, found \(x.count)")
    for index in 0..<count {
      let rows = starts[index + 1] - starts[index]
      precondition(rows > 0, "expected at least one token of each sequence")
      precondition(
        (shared[index] + [own[index]]).allSatisfy {
          $0.heads == how.keyHeads && $0.headWidth == how.headWidth
        }, "expected caches of \(how.keyHeads) heads of \(how.headWidth)")
      if appends { own[index].reserve(rows) }
      let keys = shared[index].reduce(own[index].count + (appends ? rows : 0)) { $0 + $1.count }
      precondition(keys > 0, "expected at least one key")
      precondition(
        bias.map { Swift.max(keys, rows) <= $0.reach } ?? true, "expected a bias for \(keys)")
    }
    let caches = zip(shared, own).map { $0 + [$1] }
    x.withUnsafeBufferPointer { xBuffer in
      out.withUnsafeMutableBufferPointer { outBuffer in
        withOptionalPointer(bias?.values) { biasPointer in
          nonisolated(unsafe) let (x, out) = (xBuffer.baseAddress!, outBuffer.baseAddress!)
          nonisolated(unsafe) let biases = biasPointer
          let reach = bias?.reach ?? 0
          Parallel.forEach(count * how.keyHeads) { task in
            let (index, head) = (task / how.keyHeads, task % how.keyHeads)
            let rows = starts[index + 1] - starts[index]
            let from = x + starts[index] * stride
            var seen = caches[index].map(\.pointers)
            if appends {
              let k = from + width + head * how.headWidth
              firn_cache(
                k, k + keyWidth, rows, stride, head, how.headWidth, seen[seen.count - 1])
              seen[seen.count - 1].count += rows
            }
            let keys = seen.reduce(0) { $0 + $1.count }
            let group = how.heads / how.keyHeads
            let settings = firn_attending(
              group: group, width: how.headWidth, scale: how.scale, causal: how.causal ? 1 : 0,
              window: how.window ?? 0,
              bias: biases.map { $0 + head * group * (2 * reach - 1) + reach - 1 },
              bias_stride: 2 * reach - 1)
            let offset = head * group * how.headWidth
            withUnsafeTemporaryAllocation(
              of: Float.self, capacity: firn_attend_scratch(rows, seen, seen.count, settings)
            ) { scratch in
              firn_attend(
                from + offset, stride, rows, how.causal || appends ? keys - rows : 0, seen,
                seen.count, head, settings, scratch.baseAddress!,
                out + starts[index] * width + offset, width)
            }
          }
        }
      }
    }
    withExtendedLifetime(caches) {}
    if appends { for index in 0..<count { own[index].commit(starts[index + 1] - starts[index]) } }
  }

  /// Caches of keys and values that rows of `x` hold side by side, `[tokens, 2 heads headWidth]`.
  package static func keyValues(
    _ x: [Float], heads: Int, headWidth: Int, starts: [Int]
  ) -> [PackedKeyValues] {
    let width = heads * headWidth
    let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
    precondition(
      x.count == 2 * width * lengths.reduce(0, +), "expected rows of \(2 * width) floats")
    var caches = lengths.map {
      PackedKeyValues(heads: heads, headWidth: headWidth, capacity: $0)
    }
    x.withUnsafeBufferPointer { xBuffer in
      nonisolated(unsafe) let x = xBuffer.baseAddress!
      Parallel.forEach(lengths.count * heads) { [caches] task in
        let (index, head) = (task / heads, task % heads)
        let k = x + starts[index] * 2 * width + head * headWidth
        firn_cache(
          k, k + width, lengths[index], 2 * width, head, headWidth, caches[index].pointers)
      }
    }
    for index in lengths.indices { caches[index].commit(lengths[index]) }
    return caches
  }
}
