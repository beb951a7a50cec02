/// The tokens by which passages and answers are matched.
///
/// A token is a run of letters, numbers and marks (`[\p{L}\p{N}\p{M}]+`), or any other single scalar
/// that is neither separator nor control (`[^\p{Z}\p{C}]`), of the decomposed text (NFD), in lower
/// case.
///
/// - Source: Chen et al. 2017 (DrQA), arXiv:1704.00051; Karpukhin et al. 2020 (DPR),
///   arXiv:2004.04906.
enum SimpleTokenizer {
  /// Stands before, between and after tokens; a control character is part of no token.
  static let boundary: Unicode.Scalar = "\n"

  /// The tokens of `text`, each between boundaries: one list of tokens is a contiguous part of
  /// another exactly when the joined forms are. Empty when there is no token.
  static func joinedTokens(of text: String) -> [Unicode.Scalar] {
    let source = UnicodeRules.decomposed(text)
    var result: [Unicode.Scalar] = [boundary]
    result.reserveCapacity(source.count + source.count / 4 + 2)
    var start = 0
    while start < source.count {
      let kind = Kind(source[start])
      var end = start + 1
      if kind == .word { while end < source.count, Kind(source[end]) == .word { end += 1 } }
      if kind != .gap {
        UnicodeRules.appendLowercased(source[start..<end], to: &result)
        result.append(boundary)
      }
      start = end
    }
    return result.count == 1 ? [] : result
  }

  private enum Kind {
    case word, symbol, gap

    init(_ scalar: Unicode.Scalar) {
      if scalar.isASCII {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": self = .word
        case "!"..."~": self = .symbol
        default: self = .gap
        }
        return
      }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
        self = .word
      case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .surrogate,
        .privateUse, .unassigned:
        self = .gap
      default: self = .symbol
      }
    }
  }
}
