import Retrieval
import Testing

@testable import Reading

@Suite struct PromptPackerTests {
  /// Each passage is ten words, the frame three with a question of one.
  private let template = PromptTemplate(
    several: "begin {passages} {question} end", none: "begin {question} end",
    passage: "{text} ", example: "")

  private func passages(_ count: Int, words: Int = 10) -> [RankedPassage] {
    (0..<count).map { number in
      let text = Array(repeating: "w\(number)", count: words).joined(separator: " ")
      return ranked("\(number)", text, score: -Double(number))
    }
  }

  private func pack(
    _ passages: [RankedPassage], into tokens: Int, longest: Int? = nil
  ) -> PackedPrompt {
    PromptPacker(
      model: WordModel(), template: template, contextTokens: tokens, longest: longest
    ).pack(Ranking(question: Question(id: "q", text: "why"), passages: passages))
  }

  @Test(arguments: [13, 22, 23, 24, 33, 43, 100])
  func asManyWholePassagesAsFitAreTaken(tokens: Int) {
    let packed = pack(passages(4), into: tokens)
    let expected = min(4, (tokens - 3) / 10)
    #expect(packed.context.packed.map(\.passage.id) == (0..<expected).map(String.init))
    #expect(packed.context.dropped == 4 - expected && !packed.context.isCut)
    #expect(packed.context.tokens == 3 + 10 * expected && packed.context.tokens <= tokens)
    #expect(packed.text?.contains("w\(expected - 1)") == true)
  }

  @Test func theCapHoldsAndNothingUnderItIsDropped() {
    let packed = pack(passages(4), into: 100, longest: 2)
    #expect(packed.context.packed.count == 2 && packed.context.dropped == 0)
    let closed = pack(passages(4), into: 100, longest: 0)
    #expect(closed.text == "begin why end" && closed.context.dropped == 0)
  }

  @Test func aFirstPassageThatIsTooLongIsCutBehindAWord() {
    let packed = pack(passages(2, words: 50), into: 20)
    #expect(packed.context.isCut && packed.context.packed.count == 1)
    #expect(packed.context.tokens == 20 && packed.context.dropped == 1)
    let text = packed.context.packed[0].passage.text
    #expect(text.split(separator: " ").count == 17 && packed.text?.contains("why end") == true)
  }

  @Test func aQuestionWithoutRoomIsNotCut() {
    let packed = pack(passages(2), into: 2)
    #expect(packed.text == nil && packed.context.packed.isEmpty && packed.context.dropped == 2)
    #expect(pack([], into: 2).text == nil)
  }
}
