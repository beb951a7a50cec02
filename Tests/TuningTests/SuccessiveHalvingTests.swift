import Testing

@testable import Tuning

struct SuccessiveHalvingTests {
  /// Candidate c is right on question q when its number allows it.
  private func run(
    candidates: Int, questions: Int, budget: Int, quality: @escaping (Int) -> Double
  ) async throws -> (SuccessiveHalving.Result, [SuccessiveHalving.Round]) {
    var rounds: [SuccessiveHalving.Round] = []
    let search = SuccessiveHalving(candidates: candidates, questions: questions, budget: budget)
    let result = try await search.run(
      begin: { rounds.append($0) },
      score: { candidate, range in
        range.map { question in Double(question * 7 % 10) < 10 * quality(candidate) ? 1 : 0 }
      })
    return (result, rounds)
  }

  @Test func eachRoundAsksAllThatAreLeftTheSameFurtherQuestions() async throws {
    let (result, rounds) = try await run(candidates: 8, questions: 100, budget: 120) {
      $0 == 5 ? 0.9 : 0.1 * Double($0)
    }
    // 40 calls a round: 5 questions for each of 8, 10 for each of 4, 20 for each of 2.
    #expect(rounds.map(\.questions) == [0..<5, 5..<15, 15..<35])
    #expect(rounds.map(\.survivors.count) == [8, 4, 2])
    #expect(Set(rounds[2].survivors).isSubset(of: rounds[1].survivors))
    #expect(result.chosen == 5 && result.calls == 120)
    #expect(result.scores.map(\.count).sorted() == [5, 5, 5, 5, 15, 15, 35, 35])
    #expect(result.scores[5].count == 35)
  }

  @Test(arguments: 1...9, [1, 3, 50])
  func callsStayWithinTheBudget(candidates: Int, questions: Int) async throws {
    let least = SuccessiveHalving.leastBudget(candidates: candidates)
    for budget in [least, least + 1, least + 7, 1000] {
      let (result, _) = try await run(
        candidates: candidates, questions: questions, budget: budget
      ) { Double($0 + 1) / Double(candidates + 1) }
      #expect(result.calls <= budget)
      #expect(result.calls == result.scores.reduce(0) { $0 + $1.count })
      #expect(result.scores.allSatisfy { !$0.isEmpty && $0.count <= questions })
      // The chosen one was asked as much as any.
      #expect(result.scores[result.chosen].count == result.scores.map(\.count).max())
    }
  }

  @Test func ofEqualCandidatesTheFirstIsChosen() async throws {
    let (result, _) = try await run(candidates: 5, questions: 20, budget: 60) { _ in 0.5 }
    #expect(result.chosen == 0)
  }

  @Test func aSmallerBudgetFindsAClearWinnerToo() async throws {
    let (result, _) = try await run(candidates: 16, questions: 1000, budget: 160) {
      $0 == 11 ? 1 : 0.3
    }
    #expect(result.chosen == 11)
  }
}
