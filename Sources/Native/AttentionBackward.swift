import CKernels

extension Kernels {
  /// Rows that begin, or have at `offset`, the heads that attention takes from them.
  package struct HeadRows: Sendable {
    package let values: [Float]
    package let stride: Int
    package let offset: Int
    /// First row of each sequence, and the number of rows as the last element.
    package let starts: [Int]

    package init(_ values: [Float], stride: Int, offset: Int = 0, starts: [Int]) {
      precondition(
        values.count == (starts.last ?? 0) * stride,
        "expected \(starts.last ?? 0) rows of \(stride) floats, found \(values.count)")
      self.values = values
      self.stride = stride
      self.offset = offset
      self.starts = starts
    }

    func length(_ sequence: Int) -> Int { starts[sequence + 1] - starts[sequence] }
  }

  /// Gradients of attention whose scores are computed anew; threads take (sequence, key head).
  ///
  /// - Parameters:
  ///   - q: queries of all heads.
  ///   - kv: keys of all heads, then values.
  ///   - queriesAreLast: whether a sequence's queries stand where its last keys do; else their places
  ///     are counted by themselves, as those of cross-attention.
  ///   - dOut: ∂loss/∂out, `[queries, heads headWidth]`.
  /// - Returns: ∂loss/∂queries `[queries, heads headWidth]`, ∂loss/∂(keys, values)
  ///   `[keys, 2 keyHeads headWidth]`, and ∂loss/∂(the bias' values) where these are learned.
  package static func attendBackward(
    _ how: Attending, q: HeadRows, kv: HeadRows, queriesAreLast: Bool, bias: PositionBias?,
    dOut: [Float]
  ) -> (dq: [Float], dkv: [Float], dBias: [Float]) {
    let (width, keyWidth) = (how.heads * how.headWidth, how.keyHeads * how.headWidth)
    let count = q.starts.count - 1
    let (queries, keys) = (q.starts[count], kv.starts[count])
    precondition(
      kv.starts.count == q.starts.count && q.stride >= q.offset + width
        && kv.stride >= kv.offset + 2 * keyWidth && dOut.count == queries * width,
      "expected \(count) sequences of \(width) and \(2 * keyWidth) floats, found \(dOut.count)")
    for index in 0..<count {
      let (rows, seen) = (q.length(index), kv.length(index))
      precondition(
        rows > 0 && seen > 0 && (!queriesAreLast || seen >= rows)
          && Swift.max(rows, seen) <= bias?.reach ?? .max,
        "expected keys for \(rows) queries and a bias for them, found \(seen)")
    }
    let group = how.heads / how.keyHeads
    let reach = bias?.reach ?? 0
    // Of each sequence by itself, so that threads do not add to the same numbers.
    let biased = bias.map { $0.places.count } ?? 0
    var dBiases = [Float](repeating: 0, count: count * biased)
    var dkv: [Float] = []
    let dq = uninitializedFloats(queries * width) { dqBuffer in
      dkv = uninitializedFloats(keys * 2 * keyWidth) { dkvBuffer in
        dBiases.withUnsafeMutableBufferPointer { dBiasBuffer in
          withPointers([q.values, kv.values, dOut, bias?.values ?? [0]]) { inputs in
            nonisolated(unsafe) let from = inputs
            nonisolated(unsafe) let (dq, dkv) = (dqBuffer.baseAddress!, dkvBuffer.baseAddress!)
            nonisolated(unsafe) let dBias = biased > 0 ? dBiasBuffer.baseAddress : nil
            Parallel.forEach(count * how.keyHeads) { task in
              let (index, head) = (task / how.keyHeads, task % how.keyHeads)
              let (row, key) = (q.starts[index], kv.starts[index])
              let (rows, seen) = (q.length(index), kv.length(index))
              let middle = head * group * (2 * reach - 1) + reach - 1
              let settings = firn_attending(
                group: group, width: how.headWidth, scale: how.scale, causal: how.causal ? 1 : 0,
                window: how.window ?? 0,
                bias: bias.map { _ in from[3] + middle }, bias_stride: 2 * reach - 1)
              let (offset, keyOffset) = (head * group * how.headWidth, head * how.headWidth)
              let k = from[1] + key * kv.stride + kv.offset + keyOffset
              let dk = dkv + key * 2 * keyWidth + keyOffset
              withScratch(firn_attend_backward_scratch(seen, how.headWidth)) { scratch in
                firn_attend_backward(
                  from[0] + row * q.stride + q.offset + offset, q.stride, rows,
                  queriesAreLast ? seen - rows : 0, k, k + keyWidth, kv.stride, seen, settings,
                  from[2] + row * width + offset, width, scratch,
                  dq + row * width + offset, width, dk, dk + keyWidth, 2 * keyWidth,
                  dBias.map { $0 + index * biased + middle })
              }
            }
          }
        }
      }
    }
    var dBias = [Float](repeating: 0, count: biased)
    for index in 0..<count where biased > 0 {
      add(Array(dBiases[index * biased..<(index + 1) * biased]), to: &dBias)
    }
    return (dq, dkv, dBias)
  }
}
