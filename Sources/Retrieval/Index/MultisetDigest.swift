import Native

/// A checksum of many things that does not depend on their order: the sum of their SHA-256 sums, as
/// four numbers modulo 2⁶⁴. What is added can be taken out again, so a change of a few things costs
/// no look at the others.
package struct MultisetDigest: Equatable, Sendable {
  private var lanes = SIMD4<UInt64>()

  package init() {}

  /// - Parameter text: what `hexadecimal` gave.
  init?(_ text: String) {
    guard text.utf8.count == 64 else { return nil }
    var rest = Substring(text)
    for lane in 0..<4 {
      guard let number = UInt64(rest.prefix(16), radix: 16) else { return nil }
      lanes[lane] = number
      rest = rest.dropFirst(16)
    }
  }

  mutating func add(_ hash: SHA256) { lanes &+= hash.words }
  mutating func remove(_ hash: SHA256) { lanes &-= hash.words }
  mutating func add(_ other: MultisetDigest) { lanes &+= other.lanes }

  var hexadecimal: String {
    (0..<4).map { lane in
      let digits = String(lanes[lane], radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// What stands in one row of a table, as far as its checksum is concerned.
enum RowHash {
  static func passage(_ passage: Passage, row: Int) -> SHA256 {
    var hash = SHA256()
    hash.update(row)
    hash.update(passage.id)
    hash.update(passage.title)
    hash.update(passage.text)
    return hash
  }

  static func term(_ term: String, id: Int, documents: Int) -> SHA256 {
    var hash = SHA256()
    hash.update(id)
    hash.update(documents)
    hash.update(term)
    return hash
  }

  static func list(_ list: RawSpan, id: Int) -> SHA256 {
    var hash = SHA256()
    hash.update(id)
    hash.update(list)
    return hash
  }
}
