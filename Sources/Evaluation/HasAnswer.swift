import Foundation

/// The published rules by which a passage bears an answer.
///
/// Each is looser than the others somewhere and tighter elsewhere; figures must not be mixed.
package enum AnswerMatchRule: String, CaseIterable, Sendable {
  /// The answer's tokens stand in a row in the text's.
  ///
  /// - Source: Karpukhin et al. 2020 (DPR), arXiv:2004.04906.
  case string
  /// The answer is a pattern, found anywhere in the decomposed text, in any case, with `^` and `$`
  /// at lines. Patterns run on ICU, which agrees with Python on all but rare constructs.
  ///
  /// - Source: DPR, for CuratedTREC.
  case regex
  /// The answer is a substring of the text, both under `AnswerNormalization.squad`.
  ///
  /// - Source: Petroni et al. 2021 (KILT), arXiv:2009.02252.
  case kilt

  /// Prepares a passage's text, so that many answers can be sought in it.
  package func prepare(_ text: String) -> MatchableText {
    switch self {
    case .string: MatchableText(rule: self, scalars: SimpleTokenizer.joinedTokens(of: text))
    case .kilt: MatchableText(rule: self, scalars: AnswerNormalization.squad.scalars(of: text))
    case .regex:
      MatchableText(rule: self, text: text.decomposedStringWithCanonicalMapping)
    }
  }
}

/// A text prepared for matching under one rule.
package struct MatchableText: Sendable {
  fileprivate let rule: AnswerMatchRule
  fileprivate var scalars: [Unicode.Scalar] = []
  fileprivate var text = ""
}

/// Tells whether a passage bears one of a question's answers.
package struct HasAnswer: Sendable {
  package let rule: AnswerMatchRule
  /// The answers that match no text: those without a token, which would otherwise match every
  /// text, and broken patterns.
  package let unusable: [String]
  private let needles: [[Unicode.Scalar]]
  private let patterns: AnswerPatterns

  package init(_ answers: [String], rule: AnswerMatchRule = .string) {
    var unusable: [String] = []
    var needles: [[Unicode.Scalar]] = []
    var patterns = AnswerPatterns([])
    for answer in answers {
      let prepared = rule.prepare(answer)
      if !prepared.scalars.isEmpty {
        needles.append(prepared.scalars)
      } else if prepared.text.isEmpty || !patterns.append(prepared.text) {
        unusable.append(answer)
      }
    }
    self.rule = rule
    self.unusable = unusable
    self.needles = needles
    self.patterns = patterns
  }

  /// Whether `text` bears an answer.
  ///
  /// - Requires: a text prepared under the same rule.
  package func matches(_ text: MatchableText) -> Bool {
    precondition(text.rule == rule, "expected a text prepared for \(rule), found \(text.rule)")
    if needles.contains(where: { contains($0, in: text.scalars) }) { return true }
    return patterns.match(anywhereIn: text.text)
  }

  /// Whether `text` bears an answer.
  package func matches(_ text: String) -> Bool {
    matches(rule.prepare(text))
  }
}
