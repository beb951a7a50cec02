import CKernels

/// A bias of attention scores that depends on the head and on how far the key is from the query.
package struct PositionBias: Sendable {
  /// `[heads, 2 reach − 1]`: the middle column is for a key at the query's own place.
  package let values: [Float]
  /// Farthest distance that it holds, plus one.
  package let reach: Int
  /// Where the gradient of each of `values` goes in a flat vector; none where they are frozen.
  package let places: [Int]

  package init(values: [Float], reach: Int, heads: Int, places: [Int] = []) {
    precondition(
      values.count == heads * (2 * reach - 1),
      "expected \(heads) × \(2 * reach - 1) floats, found \(values.count)")
    precondition(
      places.isEmpty || places.count == values.count,
      "expected \(values.count) places, found \(places.count)")
    self.values = values
    self.reach = reach
    self.places = places
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

  /// Attention of a ragged batch to each sequence's caches; threads take a piece of a sequence's
  /// queries with one key head.
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
    let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
    for (index, rows) in lengths.enumerated() {
      precondition(rows > 0, "expected at least one token of each sequence")
      precondition(
        (shared[index] + [own[index]]).allSatisfy {
          $0.heads == how.keyHeads && $0.headWidth == how.headWidth
        }, "expected caches of \(how.keyHeads) heads of \(how.headWidth)")
    }
    if appends && count > 0 {
      add(x, from: width, stride: stride, starts: starts, to: &own)
    }
    for (index, rows) in lengths.enumerated() {
      let keys = shared[index].reduce(own[index].count) { $0 + $1.count }
      precondition(keys > 0, "expected at least one key")
      precondition(
        bias.map { Swift.max(keys, rows) <= $0.reach } ?? true, "expected a bias for \(keys)")
    }
    let caches = zip(shared, own).map { $0 + [$1] }
    nonisolated(unsafe) let seen = caches.map { $0.map(\.pointers) }
    let pieces = pieces(of: lengths, heads: how.keyHeads)
    let group = how.heads / how.keyHeads
    let reach = bias?.reach ?? 0
    x.withUnsafeBufferPointer { xBuffer in
      out.withUnsafeMutableBufferPointer { outBuffer in
        withOptionalPointer(bias?.values) { biasPointer in
          nonisolated(unsafe) let (x, out) = (xBuffer.baseAddress!, outBuffer.baseAddress!)
          nonisolated(unsafe) let biases = biasPointer
          Parallel.forEach(pieces.count) { number in
            let piece = pieces[number]
            let seen = seen[piece.sequence]
            let keys = seen.reduce(0) { $0 + $1.count }
            let settings = firn_attending(
              group: group, width: how.headWidth, scale: how.scale, causal: how.causal ? 1 : 0,
              window: how.window ?? 0,
              bias: biases.map { $0 + piece.head * group * (2 * reach - 1) + reach - 1 },
              bias_stride: 2 * reach - 1)
            let row = starts[piece.sequence] + piece.first
            let offset = piece.head * group * how.headWidth
            let place = how.causal || appends ? keys - lengths[piece.sequence] : 0
            withScratch(firn_attend_scratch(piece.count, seen, seen.count, settings)) { scratch in
              firn_attend(
                x + row * stride + offset, stride, piece.count, place + piece.first, seen,
                seen.count, piece.head, settings, scratch,
                out + row * width + offset, width)
            }
          }
        }
      }
    }
    withExtendedLifetime(caches) {}
  }

  /// Some queries of one sequence, with one key head.
  private struct Piece {
    let sequence, head, first, count: Int
  }

  /// Late queries first, which see more keys where not all see all.
  private static func pieces(of lengths: [Int], heads: Int) -> [Piece] {
    // Two of the kernel's blocks.
    let share = 112
    return lengths.enumerated().flatMap { sequence, rows in
      stride(from: 0, to: rows, by: share).reversed().flatMap { first in
        (0..<heads).map { head in
          Piece(
            sequence: sequence, head: head, first: first, count: Swift.min(share, rows - first))
        }
      }
    }
  }

  /// Adds keys and values that stand in rows of `x` from column `first` on, side by side.
  private static func add(
    _ x: [Float], from first: Int, stride: Int, starts: [Int], to caches: inout [PackedKeyValues]
  ) {
    let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
    for index in caches.indices { caches[index].reserve(lengths[index]) }
    x.withUnsafeBufferPointer { xBuffer in
      nonisolated(unsafe) let x = xBuffer.baseAddress!
      let (heads, headWidth) = (caches[0].heads, caches[0].headWidth)
      let body: @Sendable (Int) -> Void = { [caches] task in
        let (index, head) = (task / heads, task % heads)
        let k = x + starts[index] * stride + first + head * headWidth
        firn_cache(
          k, k + heads * headWidth, lengths[index], stride, head, headWidth,
          caches[index].pointers)
      }
      // A step's own tokens are not worth handing out.
      if starts[caches.count] < 64 {
        (0..<caches.count * heads).forEach(body)
      } else {
        Parallel.forEach(caches.count * heads, body)
      }
    }
    for index in caches.indices { caches[index].commit(lengths[index]) }
  }

  /// Caches of keys and values that rows of `x` hold side by side, `[tokens, 2 heads headWidth]`.
  package static func keyValues(
    _ x: [Float], heads: Int, headWidth: Int, starts: [Int]
  ) -> [PackedKeyValues] {
    let width = heads * headWidth
    var caches = zip(starts, starts.dropFirst()).map {
      PackedKeyValues(heads: heads, headWidth: headWidth, capacity: $1 - $0)
    }
    precondition(
      x.count == 2 * width * (starts.last ?? 0), "expected rows of \(2 * width) floats")
    if !caches.isEmpty { add(x, from: 0, stride: 2 * width, starts: starts, to: &caches) }
    return caches
  }
}
