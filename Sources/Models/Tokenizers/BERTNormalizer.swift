import Foundation

/// What BERT's normalizer and pre-tokenizer make of one Unicode scalar.
///
/// Clean, space out Chinese characters, decompose (NFD) and strip accents, lower the case, split at
/// white space and around punctuation. No step looks at a neighbour, so a table per scalar does it.
///
/// The reference's character classes are those of Unicode 8.0: a later character is a letter to it
/// whatever it has become since. Lower-casing follows the current standard.
/// - Source: Devlin et al. 2019, arXiv:1810.04805; classes as in HuggingFace `tokenizers`.
struct BERTNormalizer: Sendable {
  enum Role: UInt8, Sendable { case removed, space, isolated, letter }

  struct FoldedScalar: Sendable {
    var role: Role
    /// The normalized text that stands for the scalar; empty unless `isolated` or `letter`.
    var utf8: [UInt8] = []
  }

  var cleansText = true
  var isolatesChinese = true
  var stripsAccents = true
  var lowercases = true

  func fold(_ scalar: Unicode.Scalar) -> FoldedScalar {
    if cleansText, Self.isControl(scalar) { return FoldedScalar(role: .removed) }
    if scalar.properties.isWhitespace { return FoldedScalar(role: .space) }
    let folded = folded(scalar)
    guard let first = folded.first else { return FoldedScalar(role: .removed) }
    let alone = isolatesChinese && Self.isChinese(scalar) || Self.isPunctuation(first)
    return FoldedScalar(role: alone ? .isolated : .letter, utf8: Array(String(folded).utf8))
  }

  /// The scalar without accents and in lower case, where that is asked for.
  private func folded(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
    var folded = String.UnicodeScalarView()
    for part in stripsAccents ? Self.decomposed(scalar) : [scalar]
    where !(stripsAccents && Self.isNonspacingMark(part)) {
      if lowercases {
        folded.append(contentsOf: part.properties.lowercaseMapping.unicodeScalars)
      } else {
        folded.append(part)
      }
    }
    return folded
  }

  /// The whole text by the same steps; Chinese characters get spaces around them.
  func normalize(_ text: AlignedText) -> AlignedText {
    text.mappingScalars { result, scalar, origin in
      if cleansText, Self.isControl(scalar) { return }
      let isChinese = isolatesChinese && Self.isChinese(scalar)
      if isChinese { result.append(" ", from: origin) }
      if cleansText, scalar.properties.isWhitespace {
        result.append(" ", from: origin)
      } else {
        result.append(String(folded(scalar)).utf8, from: origin)
      }
      if isChinese { result.append(" ", from: origin) }
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": false
    case "\0", "\u{FFFD}": true
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .privateUse: isKnown(scalar)
      default: false
      }
    }
  }

  private static func isNonspacingMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1734, 0x1171E: true  // spacing marks today
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false  // not yet marks, or not nonspacing ones
    default: scalar.properties.generalCategory == .nonspacingMark && isKnown(scalar)
    }
  }

  /// All ASCII that is neither letter, digit, space nor control counts, "$" and "+" included.
  static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    case 0x166D, 0x111C9: true  // a symbol and a mark today
    default:
      switch scalar.properties.generalCategory {
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
        .initialPunctuation, .finalPunctuation, .otherPunctuation:
        isKnown(scalar)
      default: false
      }
    }
  }

  private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  private static func decomposed(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    guard scalar.value >= 0xC0, isKnown(scalar) else { return [scalar] }
    return Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
  }

  private static func isKnown(_ scalar: Unicode.Scalar) -> Bool { scalar.isAssigned(by: 8) }
}

extension Unicode.Scalar {
  /// Whether that version of Unicode, or one before it, had assigned the scalar.
  ///
  /// The reference's tables are years old; what came later is an ordinary character to them.
  func isAssigned(by version: Int) -> Bool {
    isASCII || properties.age.map { $0.major <= version } ?? false
  }
}
