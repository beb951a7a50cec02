/// Finds the best of several candidates within a number of calls: in each round all that are left are
/// asked the same further questions, and the worse half goes.
///
/// Every round has an equal share of the calls, so that the fewer are left, the better they are
/// known.
/// - Source: Karnin, Koren & Somekh 2013, "Almost optimal exploration in multi-armed bandits", ICML;
///   Jamieson & Talwalkar 2016, arXiv:1502.07943.
package struct SuccessiveHalving: Sendable {
  package let candidates: Int
  /// Questions that there are, each a call for each candidate that is asked it.
  package let questions: Int
  package let budget: Int

  /// What is about to be done.
  package struct Round: Sendable, Equatable {
    package let number: Int
    package let survivors: [Int]
    package let questions: Range<Int>
  }

  package struct Result: Sendable, Equatable {
    /// Each candidate's scores on the first questions, as many as it was asked.
    package let scores: [[Double]]
    package let chosen: Int
    package let calls: Int
  }

  /// - Requires: candidates and questions, and `leastBudget` calls.
  package init(candidates: Int, questions: Int, budget: Int) {
    precondition(
      candidates > 0 && questions > 0, "expected both, found \(candidates) and \(questions)")
    let least = Self.leastBudget(candidates: candidates)
    precondition(budget >= least, "expected at least \(least) calls, found \(budget)")
    self.candidates = candidates
    self.questions = questions
    self.budget = budget
  }

  /// The calls with which every candidate is asked one question at least.
  package static func leastBudget(candidates: Int) -> Int { candidates * rounds(candidates) }

  /// ⌈log₂ candidates⌉, one at least.
  private static func rounds(_ candidates: Int) -> Int {
    var rounds = 1
    while 1 << rounds < candidates { rounds += 1 }
    return rounds
  }

  /// - Parameters:
  ///   - begin: told of each round.
  ///   - score: a candidate's scores on some questions, one each.
  package func run(
    begin: (Round) throws -> Void = { _ in },
    score: (_ candidate: Int, _ questions: Range<Int>) async throws -> [Double]
  ) async throws -> Result {
    var scores = [[Double]](repeating: [], count: candidates)
    var survivors = Array(0..<candidates)
    var (asked, calls) = (0, 0)
    let rounds = Self.rounds(candidates)
    for number in 1...rounds {
      let share = (budget - calls) / (rounds - number + 1) / survivors.count
      let range = asked..<min(questions, asked + share)
      try begin(Round(number: number, survivors: survivors, questions: range))
      for candidate in survivors where !range.isEmpty {
        let new = try await score(candidate, range)
        precondition(new.count == range.count, "expected \(range.count) scores, found \(new.count)")
        scores[candidate] += new
      }
      calls += survivors.count * range.count
      asked = range.upperBound
      let sums = scores.map { $0.reduce(0, +) }
      survivors.sort { (sums[$1], $0) < (sums[$0], $1) }
      survivors = Array(survivors.prefix((survivors.count + 1) / 2))
    }
    return Result(scores: scores, chosen: survivors[0], calls: calls)
  }
}
