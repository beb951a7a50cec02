import Foundation

/// One of Unicode's four normalization forms.
enum UnicodeForm: String, Sendable {
  case composed = "NFC"
  case decomposed = "NFD"
  case compatiblyComposed = "NFKC"
  case compatiblyDecomposed = "NFKD"

  /// The text in this form. No form looks beyond a grapheme cluster, so each is treated alone and
  /// aligned with itself.
  func normalize(_ text: AlignedText) -> AlignedText {
    let utf8 = text.utf8
    guard !utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    var result = AlignedText(capacity: text.count)
    utf8.forEachCluster { cluster in
      if cluster.count == 1 { return result.append(text, cluster) }
      let old = String(decoding: utf8[cluster], as: UTF8.self)
      append(normalized(old), for: cluster, of: text, to: &result)
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

  private func append(
    _ normalized: String, for old: Range<Int>, of text: AlignedText, to result: inout AlignedText
  ) {
    var origin = old.lowerBound
    for scalar in normalized.unicodeScalars {
      result.append(scalar, from: text.origins[origin])
      let following = text.utf8.scalarEnd(after: origin)
      if following < old.upperBound { origin = following }
    }
  }
}
