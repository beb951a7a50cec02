import Testing

@testable import Evaluation

struct HasAnswerTests {
  @Test(arguments: ["", " ", "\u{200B}", "\t\n"])
  func anAnswerWithoutTokensMatchesNothingAndIsReported(answer: String) {
    for rule in [AnswerMatchRule.string, .kilt] {
      let matcher = HasAnswer([answer], rule: rule)
      #expect(!matcher.matches("any text"))
      #expect(matcher.unusable == (rule == .kilt && answer == "\u{200B}" ? [] : [answer]))
    }
  }

  @Test func otherAnswersStillMatchBesideAnUnusableOne() {
    let matcher = HasAnswer(["", "text"])
    #expect(matcher.matches("any text"))
    #expect(matcher.unusable == [""])
  }

  @Test func tokensMustMatchWhole() {
    #expect(!HasAnswer(["art"]).matches("a party"))
    #expect(HasAnswer(["art"]).matches("modern Art."))
    #expect(HasAnswer(["art"], rule: .kilt).matches("a party"))
  }

  @Test func punctuationIsATokenForStringAndNothingForKilt() {
    #expect(!HasAnswer(["early life"]).matches("early-life"))
    #expect(HasAnswer(["early - life"]).matches("early-life"))
    #expect(HasAnswer(["earlylife"], rule: .kilt).matches("early-life"))
    #expect(!HasAnswer(["earlylife"]).matches("early-life"))
  }

  @Test func patternsIgnoreCaseAndAnchorAtLines() {
    #expect(HasAnswer(["^19[0-9]{2}$"], rule: .regex).matches("in\n1999\nor so"))
    #expect(HasAnswer(["Obama|Bush"], rule: .regex).matches("president obama"))
    #expect(!HasAnswer(["^obama"], rule: .regex).matches("president obama"))
    #expect(HasAnswer(["caf\u{E9}"], rule: .regex).matches("cafe\u{301}"))
  }

  @Test func aBrokenPatternMatchesNothingAndIsReported() {
    let matcher = HasAnswer(["(", "text"], rule: .regex)
    #expect(matcher.unusable == ["("])
    #expect(matcher.matches("any text"))
    #expect(!HasAnswer(["("], rule: .regex).matches("any (text)"))
  }

  @Test func aPassageIsPreparedOnceForManyAnswers() {
    let passage = AnswerMatchRule.string.prepare("Paris is the capital of France.")
    #expect(HasAnswer(["PARIS"]).matches(passage))
    #expect(HasAnswer(["Lyon", "of france"]).matches(passage))
    #expect(!HasAnswer(["Lyon", "France. X"]).matches(passage))
  }
}
