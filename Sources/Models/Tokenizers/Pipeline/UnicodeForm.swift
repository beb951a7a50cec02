import Foundation

/// One of Unicode's four normalization forms.
enum UnicodeForm: String, Sendable {
  case composed = "NFC"
  case decomposed = "NFD"
  case compatiblyComposed = "NFKC"
  case compatiblyDecomposed = "NFKD"

  /// The text in this form. No form looks beyond a grapheme cluster, so each is treated alone and
  /// aligned with itself. But letters that compatibility makes of two clusters may form one, so that
  /// composition follows in a pass of its own.
  ///
  /// The reference's tables are those of Unicode 9.0: later characters stay as they are.
  func normalize(_ text: AlignedText) -> AlignedText {
    if self == .compatiblyComposed {
      return Self.composed.normalize(Self.compatiblyDecomposed.normalize(text))
    }
    let utf8 = text.utf8
    guard !utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    var result = AlignedText(capacity: text.count)
    utf8.forEachCluster { cluster in
      if cluster.count == 1 { return result.append(text, cluster) }
      var start = cluster.lowerBound
      var position = start
      while position < cluster.upperBound {
        let next = utf8.scalarEnd(after: position)
        if !utf8.scalar(at: position).isAssigned(by: 9) {
          append(start..<position, of: text, to: &result)
          result.append(text, position..<next)
          start = next
        }
        position = next
      }
      append(start..<cluster.upperBound, of: text, to: &result)
    }
    return result
  }

  private func normalized(_ cluster: String) -> String {
    switch self {
    case .composed: cluster.precomposedStringWithCanonicalMapping
    case .decomposed: cluster.decomposedStringWithCanonicalMapping
    case .compatiblyComposed: cluster.precomposedStringWithCompatibilityMapping
    case .compatiblyDecomposed: cluster.decomposedStringWithCompatibilityMapping
    }
  }

  /// Appends part of a cluster in this form. Its scalars stand for the old ones one by one, and
  /// what is too many for the last of them.
  private func append(_ old: Range<Int>, of text: AlignedText, to result: inout AlignedText) {
    guard !old.isEmpty else { return }
    var origin = old.lowerBound
    let new = normalized(String(decoding: text.utf8[old], as: UTF8.self))
    for scalar in new.unicodeScalars {
      result.append(scalar, from: text.origins[origin])
      let following = text.utf8.scalarEnd(after: origin)
      if following < old.upperBound { origin = following }
    }
  }
}
