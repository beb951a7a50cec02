/// SentencePiece's precompiled normalizer: a double-array trie over UTF-8 whose values point into a
/// text of replacements that end in zero bytes.
///
/// A grapheme cluster shorter than six bytes is replaced as a whole when any beginning of it is in
/// the map, by what the shortest such beginning becomes. That is odd, and it is what HuggingFace's
/// reader of these maps does.
/// - Source: Kudo & Richardson 2018, arXiv:1808.06226; Darts-clone for the units.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Reads the little-endian count of bytes in the trie, the trie and the replacements.
  /// - Returns: nil when the parts do not fit or the replacements are no UTF-8.
  init?(_ bytes: [UInt8]) {
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[index * 4 + $1]) << UInt32($1 * 8) }
    }
    guard bytes.count >= 4 else { return nil }
    let size = Int(word(0))
    guard size >= 4, size % 4 == 0, size <= bytes.count - 4 else { return nil }
    units = (1...size / 4).map(word)
    replacements = Array(bytes[(4 + size)...])
    guard String(validating: replacements, as: UTF8.self) != nil else { return nil }
  }

  func normalize(_ text: AlignedText) -> AlignedText {
    var result = AlignedText(capacity: text.count)
    let utf8 = text.utf8
    utf8.forEachCluster { cluster in
      if cluster.count < 6, let replacement = replacement(for: utf8, cluster) {
        return append(replacement, for: cluster, of: text, to: &result)
      }
      var position = cluster.lowerBound
      while position < cluster.upperBound {
        let next = utf8.scalarEnd(after: position)
        if let replacement = replacement(for: utf8, position..<next) {
          append(replacement, for: position..<next, of: text, to: &result)
        } else {
          result.append(text, position..<next)
        }
        position = next
      }
    }
    return result
  }

  /// The scalars of the replacement stand for those replaced, one by one; what is too many stands
  /// for the last of them.
  private func append(
    _ replacement: Range<Int>, for old: Range<Int>, of text: AlignedText,
    to result: inout AlignedText
  ) {
    var origin = old.lowerBound
    var position = replacement.lowerBound
    while position < replacement.upperBound {
      let next = replacements.scalarEnd(after: position)
      for place in position..<next {
        result.append(replacements[place], from: text.origins[origin])
      }
      let following = text.utf8.scalarEnd(after: origin)
      if following < old.upperBound { origin = following }
      position = next
    }
  }

  /// Where the replacement stands for the shortest beginning of some text that has one.
  private func replacement(for text: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var node = Self.offset(units[0])
    for position in range {
      let byte = text[position]
      guard byte != 0 else { return nil }
      node ^= Int(byte)
      guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { return nil }
      let unit = units[node]
      node ^= Self.offset(unit)
      if unit >> 8 & 1 == 1 {
        guard node < units.count else { return nil }
        let start = Int(units[node] & 0x7FFF_FFFF)
        guard start < replacements.count, !Self.isInside(replacements[start]) else { return nil }
        return start..<(replacements[start...].firstIndex(of: 0) ?? replacements.count)
      }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 0x200) >> 6)
  }

  private static func isInside(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
