import Glibc

/// Numbers byte strings 0, 1, 2 ... in the order in which they are first seen.
///
/// Open addressing with linear probing, at most half full. The strings' bytes lie one after
/// another in one array, so that a string costs no allocation of its own.
package struct ByteStringTable {
  /// A string's number + 1, or 0 for a free place.
  private var places = [UInt32](repeating: 0, count: 1 << 10)
  private var hashes: [UInt32] = []
  /// Where each string ends in `bytes`; it begins where the one before it ends.
  private var ends: [Int] = []
  private var bytes: [UInt8] = []

  package init() {}

  package var count: Int { ends.count }

  /// Bytes of memory in use.
  package var size: Int { 4 * places.count + 12 * ends.count + bytes.count }

  /// The string with a number.
  package subscript(number: Int) -> ArraySlice<UInt8> { bytes[start(number)..<ends[number]] }

  /// The number of a string, which is added where it is not there yet.
  ///
  /// - Requires: fewer than 2³¹ strings.
  package mutating func insert(_ string: Span<UInt8>) -> (number: Int, isNew: Bool) {
    string.bytes.withUnsafeBytes { string in
      let hash = Self.hash(string)
      let mask = places.count - 1
      var place = Int(hash) & mask
      while places[place] != 0 {
        let number = Int(places[place]) - 1
        if hashes[number] == hash && holds(string, at: number) { return (number, false) }
        place = (place + 1) & mask
      }
      precondition(count < Int(Int32.max), "expected fewer than 2³¹ strings")
      hashes.append(hash)
      bytes.append(contentsOf: string)
      ends.append(bytes.count)
      places[place] = UInt32(ends.count)
      if 2 * ends.count > places.count { grow() }
      return (ends.count - 1, true)
    }
  }

  /// The given numbers in ascending order of their strings' bytes.
  package func sorted(_ numbers: [UInt32]) -> [UInt32] {
    bytes.withUnsafeBytes { bytes in
      numbers.sorted { first, second in
        let (one, two) = (start(Int(first)), start(Int(second)))
        let (length, other) = (ends[Int(first)] - one, ends[Int(second)] - two)
        guard let base = bytes.baseAddress else { return false }
        let order = memcmp(base + one, base + two, min(length, other))
        return order == 0 ? length < other : order < 0
      }
    }
  }

  package mutating func removeAll() { self = ByteStringTable() }

  private func start(_ number: Int) -> Int { number == 0 ? 0 : ends[number - 1] }

  private func holds(_ string: UnsafeRawBufferPointer, at number: Int) -> Bool {
    let start = start(number)
    guard ends[number] - start == string.count, let other = string.baseAddress else {
      return ends[number] == start && string.isEmpty
    }
    return bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.map { memcmp($0 + start, other, string.count) == 0 } ?? false
    }
  }

  private mutating func grow() {
    places = [UInt32](repeating: 0, count: 2 * places.count)
    let mask = places.count - 1
    for (number, hash) in hashes.enumerated() {
      var place = Int(hash) & mask
      while places[place] != 0 { place = (place + 1) & mask }
      places[place] = UInt32(number + 1)
    }
  }

  /// Eight bytes at a time, multiplied and folded; good enough for words, and not meant to
  /// withstand anyone who looks for collisions.
  private static func hash(_ string: UnsafeRawBufferPointer) -> UInt32 {
    let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    var hash = UInt64(string.count) &* factor
    var offset = 0
    func add(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: factor)
      hash = product.high ^ product.low
    }
    while offset + 8 <= string.count {
      add(string.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < string.count {
      rest = rest << 8 | UInt64(string[offset])
      offset += 1
    }
    add(rest)
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
