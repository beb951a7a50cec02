import Testing

@testable import Evaluation

struct AnswerScoreTests {
  @Test(arguments: [
    ("The Beatles", "beatles"), ("early-life", "earlylife"), ("a  b\u{A0}c", "b c"),
    ("theatre an'", "theatre"), ("the_who", "thewho"), ("$5–6", "5–6"), ("The The", ""),
  ])
  func squadDeletesPunctuationAndArticles(text: String, expected: String) {
    #expect(AnswerNormalization.squad.normalize(text) == expected)
  }

  /// The combining grave accent ends the word "a", so that the article goes and the mark stays.
  @Test func onlyNQOpenTakesAnAccentedArticleApart() {
    let squad = AnswerNormalization.squad.scalars(of: "\u{E0} la")
    #expect(squad == ["\u{E0}", " ", "l", "a"])
    let nqOpen = AnswerNormalization.nqOpen.scalars(of: "\u{E0} la")
    #expect(nqOpen == ["\u{300}", " ", "l", "a"])
  }

  @Test func composedAndDecomposedLettersAreEqualOnlyUnderNQOpen() {
    #expect(!AnswerNormalization.squad.exactMatch("caf\u{E9}", golds: ["cafe\u{301}"]))
    #expect(!AnswerNormalization.raw.exactMatch("caf\u{E9}", golds: ["cafe\u{301}"]))
    #expect(AnswerNormalization.nqOpen.exactMatch("caf\u{E9}", golds: ["cafe\u{301}"]))
  }

  @Test(arguments: AnswerNormalization.allCases)
  func onlyAnEmptyPredictionIsRightWithoutGolds(rule: AnswerNormalization) {
    #expect(rule.score("", golds: []) == AnswerScore(exactMatch: true, f1: 1))
    #expect(rule.score("Paris", golds: []) == AnswerScore(exactMatch: false, f1: 0))
  }

  @Test func aGoldThatNormalisesToNothingDoesNotCountUnderSquad() {
    #expect(!AnswerNormalization.squad.exactMatch("", golds: ["The", "Who"]))
    #expect(AnswerNormalization.squad.exactMatch("", golds: ["The", "A"]))
    #expect(AnswerNormalization.nqOpen.exactMatch("", golds: ["The", "Who"]))
    #expect(AnswerNormalization.squad.erases("The The"))
    #expect(!AnswerNormalization.squad.erases("The Who"))
  }

  /// Predicted {red, red, fox}, gold {red, fox, den, x}: shared 2, P = 2/3, R = 2/4, F1 = 4/7.
  @Test func f1CountsRepeatedWordsOnce() {
    let f1 = AnswerNormalization.squad.tokenF1("the red red fox", golds: ["none", "Red fox den x"])
    #expect(abs(f1 - 4.0 / 7) < 1e-15)
  }

  @Test(arguments: [
    ("Obama", true), ("obama, Barack", true), ("Barack Obama", false), ("", false),
    ("x\nObama", false),
  ])
  func aPatternMatchesFromTheStart(prediction: String, expected: Bool) {
    let found = AnswerNormalization.regex.score(prediction, golds: ["^Obama", "("])
    #expect(found == AnswerScore(exactMatch: expected, f1: expected ? 1 : 0))
  }

  /// As in Python, where only a line feed ends a line.
  @Test func aPatternsDotMatchesAllButALineFeed() {
    #expect(AnswerNormalization.regex.exactMatch("a\u{2028}b", golds: ["a.b"]))
    #expect(!AnswerNormalization.regex.exactMatch("a\nb", golds: ["a.b"]))
  }
}
