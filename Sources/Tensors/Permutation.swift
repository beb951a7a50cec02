/// A seeded order of 0 ..< count, computed element by element: a four-round Feistel network over the
/// next power of four, walked until it lands inside (Black & Rogaway 2002, cycle walking).
package struct Permutation: Sendable {
  package let count: Int
  private let halfBits: UInt64
  private let keys: [UInt64]

  package init(count: Int, seed: UInt64) {
    precondition(count > 0, "expected at least one element, found \(count)")
    self.count = count
    var bits: UInt64 = 1
    while 1 << (2 * bits) < count { bits += 1 }
    halfBits = bits
    var random = SplitMix64(seed: seed)
    keys = (0..<4).map { _ in random.next() }
  }

  package subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "expected 0 ..< \(count), found \(position)")
    var value = UInt64(position)
    repeat { value = encrypt(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func encrypt(_ value: UInt64) -> UInt64 {
    let mask = (1 << halfBits) - 1 as UInt64
    var (left, right) = (value >> halfBits, value & mask)
    for key in keys {
      var mixer = SplitMix64(seed: right ^ key)
      (left, right) = (right, left ^ (mixer.next() & mask))
    }
    return left << halfBits | right
  }
}
