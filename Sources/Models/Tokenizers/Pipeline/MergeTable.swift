/// The merges of a byte-pair encoding: which two tokens become one, and how early.
struct MergeTable: Sendable {
  struct Merge: Sendable {
    /// The lower, the earlier.
    var rank: Int32
    var id: Int32
  }

  private let keys: [UInt64]
  private let merges: [Merge]
  private static let empty = UInt64.max

  /// Of two merges of one pair the later counts.
  init(_ list: [(left: Int32, right: Int32, id: Int32)]) {
    var capacity = 16
    while capacity < list.count * 2 { capacity *= 2 }
    var keys = [UInt64](repeating: Self.empty, count: capacity)
    var merges = [Merge](repeating: Merge(rank: 0, id: 0), count: capacity)
    for (rank, merge) in list.enumerated() {
      let key = Self.key(merge.left, merge.right)
      var slot = Self.slot(key, capacity)
      while keys[slot] != Self.empty, keys[slot] != key { slot = (slot + 1) & (capacity - 1) }
      keys[slot] = key
      merges[slot] = Merge(rank: Int32(rank), id: merge.id)
    }
    self.keys = keys
    self.merges = merges
  }

  subscript(left: Int32, right: Int32) -> Merge? {
    let key = Self.key(left, right)
    var slot = Self.slot(key, keys.count)
    while keys[slot] != key {
      if keys[slot] == Self.empty { return nil }
      slot = (slot + 1) & (keys.count - 1)
    }
    return merges[slot]
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Fibonacci hashing: the high bits of a product depend on all bits of the key.
  private static func slot(_ key: UInt64, _ capacity: Int) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (capacity - 1)
  }
}
