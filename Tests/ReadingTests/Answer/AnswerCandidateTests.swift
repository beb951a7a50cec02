import Foundation
import Testing

@testable import Reading

@Suite struct AnswerCandidateTests {
  private func candidate(
    _ text: String, _ score: Double, passage: Int = 0, at start: Int = 0
  ) -> AnswerCandidate {
    AnswerCandidate(
      text: text, score: score, span: score, passage: passage, range: start..<start + text.count)
  }

  @Test func spellingsOfOneAnswerAddUpInTheLogarithm() throws {
    let merged = AnswerCandidate.merge([
      candidate("Homer", 1), candidate("Virgil", 2.2, passage: 1),
      candidate("the homer.", 2, passage: 2),
    ])
    try #require(merged.map(\.text) == ["the homer.", "Virgil"])
    // log(e^1 + e^2) = 2 + log(1 + 1/e)
    #expect(abs(merged[0].score - 2.313_261_687_518_223) < 1e-12)
    #expect(merged[0].span == 2 && merged[0].passage == 2)
    #expect(merged[1] == candidate("Virgil", 2.2, passage: 1))
  }

  @Test func manyPlacesOfOneAnswerStayFinite() {
    let merged = AnswerCandidate.merge((0..<4).map { candidate("x", 2000, at: $0) })
    #expect(merged.count == 1 && abs(merged[0].score - (2000 + log(4))) < 1e-9)
    #expect(merged[0].range.lowerBound == 0)
  }

  @Test func tiesGoToTheBetterPassageThenToTheEarlierPlace() {
    let tied = [
      candidate("c", 1, passage: 1), candidate("b", 1, at: 9), candidate("d", 1, passage: 2),
      candidate("a", 1, at: 3),
    ]
    // "a" alone would be an article, so it is its own key.
    for shift in tied.indices {
      let order = Array(tied[shift...] + tied[..<shift])
      #expect(AnswerCandidate.merge(order).map(\.text) == ["a", "b", "c", "d"])
    }
  }

  @Test func theKeyOfAnAnswerIgnoresCaseArticlesAndPunctuation() {
    #expect(AnswerCandidate.key(of: "The  Rite of Spring,") == "rite of spring")
    #expect(AnswerCandidate.key(of: "rock-and-roll") == AnswerCandidate.key(of: "Rock and Roll"))
    #expect(AnswerCandidate.key(of: "The") == "The")
    #expect(AnswerCandidate.key(of: "Łódź") != AnswerCandidate.key(of: "Lodz"))
  }

  @Test func nothingMergesToNothing() {
    #expect(AnswerCandidate.merge([]).isEmpty)
  }
}
