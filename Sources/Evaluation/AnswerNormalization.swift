/// The published rules that make two spellings of one answer equal.
///
/// Figures under different rules are not comparable, so every report names its rule.
package enum AnswerNormalization: String, CaseIterable, Sendable {
  /// Lower case; ASCII punctuation deleted (not replaced by a space); the words a, an and the
  /// replaced by a space; white space collapsed.
  ///
  /// - Source: Rajpurkar et al. 2016, arXiv:1606.05250, evaluation script; also DPR, FiD, KILT.
  case squad
  /// Canonical decomposition (NFD), then as `squad`.
  ///
  /// An accented article loses its letter by this rule ("à la" becomes "◌̀ la"), since a combining
  /// mark ends a word in a Python pattern.
  ///
  /// - Source: Lee et al. 2019, arXiv:1906.00300, and the scorer of NQ-open.
  case nqOpen = "nq-open"
  /// The text as it is.
  case raw
  /// The gold answers are patterns, and a prediction is right when one of them matches it from its
  /// first character on, in any case; `^` and `$` are at lines. F1 says no more than exact match.
  ///
  /// Patterns run on ICU, which agrees with Python on all but rare constructs; a broken one matches
  /// nothing.
  ///
  /// - Source: the scorer of NQ-open, for regular expressions; Chen et al. 2017 (DrQA).
  case regex

  /// The rules that compare texts: all but `regex`.
  package static let textual: [AnswerNormalization] = [.squad, .nqOpen, .raw]

  /// `text` under the rule.
  package func normalize(_ text: String) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars(of: text))
    return String(view)
  }

  func scalars(of text: String) -> [Unicode.Scalar] {
    switch self {
    case .squad: Self.simplified(Array(text.unicodeScalars))
    case .nqOpen: Self.simplified(UnicodeRules.decomposed(text))
    case .raw, .regex: Array(text.unicodeScalars)
    }
  }

  /// The words of the normalised text, as `str.split()` finds them.
  static func words(in text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
    text.split(whereSeparator: UnicodeRules.isSpace)
  }

  private static func simplified(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var kept: [Unicode.Scalar] = []
    kept.reserveCapacity(text.count)
    UnicodeRules.appendLowercased(text[...], to: &kept)
    kept.removeAll(where: UnicodeRules.isASCIIPunctuation)
    return withoutArticles(kept)
  }

  /// Drops articles and collapses white space in one pass.
  ///
  /// `\b(a|an|the)\b` can only match a whole run of word characters, so runs are compared.
  private static func withoutArticles(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var spaceIsDue = false
    var start = 0
    while start < text.count {
      var end = start
      while end < text.count, UnicodeRules.isWord(text[end]) { end += 1 }
      if end == start { end += 1 }
      let piece = text[start..<end]
      if UnicodeRules.isSpace(text[start]) || isArticle(piece) {
        spaceIsDue = true
      } else {
        if spaceIsDue, !result.isEmpty { result.append(" ") }
        spaceIsDue = false
        result.append(contentsOf: piece)
      }
      start = end
    }
    return result
  }

  private static func isArticle(_ piece: ArraySlice<Unicode.Scalar>) -> Bool {
    switch piece.count {
    case 1: piece.elementsEqual("a".unicodeScalars)
    case 2: piece.elementsEqual("an".unicodeScalars)
    case 3: piece.elementsEqual("the".unicodeScalars)
    default: false
    }
  }
}
