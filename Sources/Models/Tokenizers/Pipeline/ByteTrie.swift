/// Byte strings arranged by their beginnings, to find all that a text goes on with.
struct ByteTrie: Sendable {
  /// Where each node's children begin; they lie together, in order of their bytes.
  private var firstChild: [Int32] = []
  private var label: [UInt8] = []
  private var value: [Int32] = []
  /// The child of the root by byte, or 0: most searches end there.
  private var root = [Int32](repeating: 0, count: 256)

  /// - Parameter entries: the strings, none of them empty, and what stands for each, not negative.
  ///   Of two equal ones the later counts.
  init(_ entries: [(key: [UInt8], value: Int32)]) {
    let sorted = entries.indices.sorted {
      let (a, b) = (entries[$0].key, entries[$1].key)
      return a == b ? $0 < $1 : a.lexicographicallyPrecedes(b)
    }
    label = [0]
    value = [-1]
    // Breadth first, so that the children of a node are neighbours.
    var pending: [(entries: Range<Int>, depth: Int)] = [(sorted.indices, 0)]
    var node = 0
    while node < pending.count {
      var (range, depth) = pending[node]
      firstChild.append(Int32(label.count))
      while let first = range.first, entries[sorted[first]].key.count == depth {
        value[node] = entries[sorted[first]].value
        range.removeFirst()
      }
      while let first = range.first {
        let byte = entries[sorted[first]].key[depth]
        let end = range.first { entries[sorted[$0]].key[depth] != byte } ?? range.upperBound
        if node == 0 { root[Int(byte)] = Int32(label.count) }
        label.append(byte)
        value.append(-1)
        pending.append((first..<end, depth + 1))
        range = end..<range.upperBound
      }
      node += 1
    }
    firstChild.append(Int32(label.count))
  }

  /// Calls `found` with the value and the end of every entry that `text` goes on with at `start`,
  /// the shortest first.
  func forEachMatch(
    in text: [UInt8], from start: Int, to end: Int, _ found: (_ value: Int32, _ end: Int) -> Void
  ) {
    guard start < end else { return }
    var node = Int(root[Int(text[start])])
    var position = start + 1
    while node > 0 {
      if value[node] >= 0 { found(value[node], position) }
      guard position < end else { return }
      node = child(of: node, text[position])
      position += 1
    }
  }

  /// The longest entry that `text` goes on with at `start`.
  func longestMatch(in text: [UInt8], from start: Int, to end: Int) -> (value: Int32, end: Int)? {
    var longest: (value: Int32, end: Int)?
    forEachMatch(in: text, from: start, to: end) { longest = ($0, $1) }
    return longest
  }

  /// The child that a byte leads to, or 0.
  private func child(of node: Int, _ byte: UInt8) -> Int {
    var low = Int(firstChild[node])
    var high = Int(firstChild[node + 1])
    while high - low > 4 {
      let middle = (low + high) / 2
      if label[middle] <= byte { low = middle } else { high = middle }
    }
    while low < high {
      if label[low] == byte { return low }
      low += 1
    }
    return 0
  }
}
