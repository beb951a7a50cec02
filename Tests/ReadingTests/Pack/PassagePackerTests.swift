import Models
import Retrieval
import Tensors
import Testing

@testable import Reading

/// `[CLS] who ran [SEP]` is 4 tokens; a passage of n words is n + 1, and a title of m words m + 1.
@Suite struct PassagePackerTests {
  private let builder: WindowBuilder

  init() throws { builder = WindowBuilder(tokenizer: try FrozenMiniLM.load().tokenizer) }

  private func pack(
    _ passages: [RankedPassage], tokens: Int, longest: Int? = nil
  ) -> PackedContext {
    PassagePacker(builder: builder, contextTokens: tokens, longest: longest).pack(
      Ranking(question: Question(id: "q", text: "who ran"), passages: passages))
  }

  private let three = [
    ranked("a", "cat dog", score: 3), ranked("b", title: "river", "cat dog", score: 2),
    ranked("c", "dog", score: 1),
  ]

  @Test func aRankingThatFitsExactlyIsPackedWholeAndInOrder() {
    let context = pack(three, tokens: 4 + 3 + 5 + 2)
    #expect(context == PackedContext(packed: three, dropped: 0, tokens: 14))
  }

  @Test func aPassageThatDoesNotFitHidesTheShorterOnesBehindIt() {
    // b needs 5 tokens and has 4; c would need only 2.
    let context = pack(three, tokens: 4 + 3 + 4)
    #expect(context == PackedContext(packed: [three[0]], dropped: 2, tokens: 7))
  }

  @Test func aFirstPassageThatIsTooLongIsReadAndCounted() {
    let context = pack(three, tokens: 5)
    #expect(context == PackedContext(packed: [three[0]], dropped: 2, tokens: 7))
  }

  @Test func passagesBeyondTheCapAreNotCalledDropped() {
    let context = pack(three, tokens: 100, longest: 2)
    #expect(context == PackedContext(packed: Array(three[..<2]), dropped: 0, tokens: 12))
  }

  @Test func anEmptyRankingLeavesTheQuestionAlone() {
    #expect(pack([], tokens: 9) == PackedContext(packed: [], dropped: 0, tokens: 4))
  }

  @Test func anyContextIsTheLongestPrefixWithinItsBudget() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<200 {
      let sizes = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        (title: Int.random(in: 0...2, using: &random), text: Int.random(in: 0...9, using: &random))
      }
      let passages = sizes.enumerated().map { place, size in
        ranked(
          "\(place)", title: Words.text(size.title, using: &random),
          Words.text(size.text, using: &random), score: -Double(place))
      }
      let budget = Int.random(in: 1...50, using: &random)
      let costs = sizes.map { ($0.title == 0 ? 0 : $0.title + 1) + $0.text + 1 }
      let fitting = (0...costs.count).last { 4 + costs[..<$0].reduce(0, +) <= budget } ?? 0
      let expected = max(fitting, min(1, passages.count))
      let context = pack(passages, tokens: budget)
      #expect(context.packed == Array(passages[..<expected]))
      #expect(context.dropped == passages.count - expected)
      #expect(context.tokens == 4 + costs[..<expected].reduce(0, +))
      #expect(context.tokens <= budget || context.packed.count < 2)
    }
  }
}
