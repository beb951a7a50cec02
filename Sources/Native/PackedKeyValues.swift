import CKernels

/// Keys and values of one sequence in one layer, laid out for the products of attention as they
/// come, so that a step copies nothing but its own token. A value: copies share their memory until
/// one of them grows.
package struct PackedKeyValues: Sendable {
  package let heads: Int
  package let headWidth: Int
  /// Tokens.
  package private(set) var count = 0
  private var storage: Storage

  /// - Parameter capacity: tokens to make room for at once; more are taken as they come.
  package init(heads: Int, headWidth: Int, capacity: Int = 0) {
    self.heads = heads
    self.headWidth = headWidth
    storage = Storage(heads: heads, headWidth: headWidth, capacity: capacity)
  }

  /// Bytes of all keys and values, with the room that is made for more.
  package var bytes: Int { storage.bytes }

  /// Makes room for `rows` tokens in memory of this value's own, which `Kernels.attend` then fills
  /// and `commit(_:)` makes part of the value.
  mutating func reserve(_ rows: Int) {
    if count + rows <= storage.capacity && isKnownUniquelyReferenced(&storage) { return }
    let grown = count + rows > storage.capacity ? max(count + rows, 2 * storage.capacity) : 0
    let larger = Storage(
      heads: heads, headWidth: headWidth, capacity: max(grown, storage.capacity))
    for head in 0..<heads {
      firn_move_cached(storage.pointers(count), larger.pointers(count), head, headWidth)
    }
    storage = larger
  }

  mutating func commit(_ rows: Int) {
    count += rows
    precondition(count <= storage.capacity, "expected room for \(count) tokens")
  }

  /// The memory, as the kernels take it.
  var pointers: firn_key_values { storage.pointers(count) }

  /// Memory that is zero at first: pads are multiplied with, though never used.
  ///
  /// Unchecked, because it is written only between `reserve` and `commit` of its one owner.
  private final class Storage: @unchecked Sendable {
    let capacity: Int
    private let keys, values: UnsafeMutableBufferPointer<Float>

    init(heads: Int, headWidth: Int, capacity: Int) {
      let panel = firn_panel()
      self.capacity = (max(capacity, 1) + panel - 1) / panel * panel
      keys = .aligned(firn_cached_keys(heads, headWidth, self.capacity))
      values = .aligned(firn_cached_values(heads, headWidth, self.capacity))
      keys.initialize(repeating: 0)
      values.initialize(repeating: 0)
    }

    deinit {
      keys.deallocate()
      values.deallocate()
    }

    var bytes: Int { (keys.count + values.count) * MemoryLayout<Float>.stride }

    func pointers(_ count: Int) -> firn_key_values {
      firn_key_values(
        keys: keys.baseAddress, values: values.baseAddress, count: count, capacity: capacity)
    }
  }
}
