import Foundation
import Testing

@testable import Evaluation

struct RankedQuestionTests {
  @Test func aQuestionIsFoundFromTheRankOfItsFirstHit() {
    let question = RankedQuestion(id: "q", hits: [false, false, true, true])
    #expect([1, 2, 3, 4, 100].map(question.isFound) == [false, false, true, true, true])
    #expect(question.reciprocalRank == 1.0 / 3)
    #expect(RankedQuestion(id: "q", hits: [false]).reciprocalRank == 0)
    #expect(question.ndcg(at: 10) == nil)
    #expect(question.averagePrecision == nil)
  }

  /// Ranked grades 0, 2, 1 of the judged 3, 2, 1 (and a −1):
  /// DCG = 2/log₂3 + 1/log₂4 = 1.761860; best = 3 + 2/log₂3 + 1/2 = 4.761860.
  /// Average precision = (1/2 + 2/3) / 3.
  @Test func gradedMetricsAgreeWithNumbersWorkedByHand() throws {
    let qrels = ["a": 3, "b": 2, "c": 1, "d": -1]
    let question = RankedQuestion(id: "q", ranking: ["d", "b", "c", "x"], qrels: qrels)
    let dcg = 2 / log2(3.0) + 0.5
    #expect(abs(try #require(question.ndcg(at: 10)) - dcg / (dcg + 3)) < 1e-15)
    #expect(abs(try #require(question.ndcg(at: 1)) - 0) < 1e-15)
    #expect(abs(try #require(question.averagePrecision) - 7.0 / 18) < 1e-15)
  }

  @Test func theBestOrderScoresOneAndAnEmptyRankingZero() {
    let qrels = ["a": 3, "b": 2, "c": 1]
    let best = RankedQuestion(id: "q", ranking: ["a", "b", "c"], qrels: qrels)
    #expect(best.ndcg(at: 10) == 1)
    #expect(best.ndcg(at: 2) == 1)
    #expect(best.averagePrecision == 1)
    let empty = RankedQuestion(id: "q", ranking: [], qrels: qrels)
    #expect(empty.ndcg(at: 10) == 0)
    #expect(empty.averagePrecision == 0)
  }

  @Test func aQuestionWithoutRelevantPassagesScoresZero() {
    let question = RankedQuestion(id: "q", ranking: ["a"], qrels: ["a": 0])
    #expect(question.ndcg(at: 10) == 0)
    #expect(question.averagePrecision == 0)
  }

  @Test func aRepeatedPassageCountsOnce() {
    let question = RankedQuestion(id: "q", ranking: ["a", "a", "b"], gold: ["a", "b"])
    #expect(question.grades == [1, 0, 1])
    #expect(question.ideal == [1, 1])
  }
}
