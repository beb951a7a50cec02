import Retrieval
import Tensors
import Testing

struct TermNumberingTests {
  private static let pieces = [
    "world", "World,", "(the", "don't", "'tis", "dogs'", "U.S.A.", "3,141.5", "a_b", "__", "l’été",
    "L'eau", "İstanbul", "IŞIK", "στίγμας", "naïve", "e\u{301}tude", "東京タワー", "カタカナ語", "한국어",
    "ﾊﾝｶｸ", "\u{301}x", "x\u{200D}", "\u{600}", "—", "...", "a:b", "a.,b", "\u{A0}", "Häuser",
    "x\r", "\u{3000}",
    String(repeating: "long", count: 30),
  ]

  /// Words that are remembered give what the analyzer gives for the whole text.
  @Test(arguments: Analyzer.allCases) func numbersStandForTheAnalyzersTerms(analyzer: Analyzer) {
    var random = SplitMix64(seed: 8)
    for budget in [0, 1 << 20] {
      var numbering = TermNumbering(analyzer, budget: budget)
      for _ in 0..<60 {
        var text = ""
        for _ in 0..<20 {
          text += Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
          text += [" ", " ", "\n", "\t", "", "  "][Int.random(in: 0..<6, using: &random)]
        }
        var numbers: [UInt32] = []
        numbering.append(text, to: &numbers)
        let terms = numbers.map { String(decoding: numbering.terms[Int($0)], as: UTF8.self) }
        #expect(terms == analyzer.terms(in: text), "\(text.debugDescription)")
      }
    }
  }
}
