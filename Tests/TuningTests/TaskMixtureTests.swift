import Testing

@testable import Tuning

struct TaskMixtureTests {
  private func mixture(
    _ sizes: [Int], _ categories: [String]? = nil,
    _ change: (inout TaskMixture.Settings) -> Void = { _ in }
  ) -> TaskMixture {
    var settings = TaskMixture.Settings()
    change(&settings)
    return TaskMixture(
      sizes: sizes, categories: categories ?? sizes.indices.map { "\($0)" }, settings)
  }

  private func close(_ found: [Double], _ expected: [Double]) -> Bool {
    zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }
  }

  private let third = 1.0 / 3

  @Test func ratesAreProportionalToExamplesUpToTheCap() {
    #expect(close(mixture([100, 300]).rates, [0.25, 0.75]))
    let capped = mixture([100, 9000, 200]) { $0.cap = 300 }.rates.map { 6 * $0 }
    #expect(close(capped, [1, 3, 2]))
  }

  @Test func temperatureBringsRatesTogether() {
    // √100 : √400 = 1 : 2.
    #expect(close(mixture([100, 400]) { $0.temperature = 2 }.rates, [third, 2 * third]))
    let flat = mixture([10, 1000]) { $0.temperature = 1000 }.rates
    #expect(abs(flat[0] - 0.5) < 2e-3)
  }

  @Test func noCategoryGetsMoreThanItsShare() {
    // Reading has 80 % by size and is held to half; what it leaves is shared as 15 : 5 by size.
    let rates = mixture([300, 500, 150, 50], ["reading", "reading", "nli", "sums"]) {
      $0.categoryShare = 0.5
    }.rates
    #expect(close(rates, [0.1875, 0.3125, 0.375, 0.125]))
    // Holding one down may lift another above the bound, which then is held too.
    let tight = mixture([900, 90, 10], ["a", "b", "c"]) { $0.categoryShare = 0.4 }.rates
    #expect(close(tight, [0.4, 0.4, 0.2]))
    let equal = mixture([900, 90, 10], ["a", "b", "c"]) { $0.categoryShare = third }.rates
    #expect(close(equal, [third, third, third]))
  }

  @Test func aRoundHasEachTaskAsOftenAsItsRateSays() {
    let mixture = mixture([7, 13, 400]) { $0.cap = 20 }
    #expect(mixture.counts == [7, 13, 20] && mixture.round == 40)
    for round in 0..<3 {
      let tasks = (0..<40).map { mixture.draw(at: round * 40 + $0, seed: 5).task }
      #expect((0..<3).map { task in tasks.count { $0 == task } } == mixture.counts)
      #expect(tasks != tasks.sorted())
    }
  }

  @Test func aTaskShowsAllItsExamplesBeforeAnyAgain() {
    let mixture = mixture([7, 13, 50]) { $0.cap = 20 }
    var seen = [[Int]](repeating: [], count: 3)
    for place in 0..<5 * mixture.round {
      let (task, example) = mixture.draw(at: place, seed: 9)
      seen[task].append(example)
    }
    for (task, size) in [7, 13, 50].enumerated() {
      let whole = seen[task].count / size
      #expect(whole >= 2)
      // Draws of a round are shuffled, so epochs are told apart by how often each was seen.
      let counts = (0..<size).map { example in seen[task].count { $0 == example } }
      #expect(counts.allSatisfy { (whole...whole + 1).contains($0) })
    }
  }

  @Test func noTaskIsTooSmallToBeDrawn() {
    let mixture = mixture([1, 100_000])
    #expect(mixture.counts[0] == 1)
  }

  @Test func drawsHangOnSeedAndPlaceAlone() {
    let mixture = mixture([30, 50])
    func draws(_ places: Range<Int>, seed: UInt64) -> [Int] {
      places.map { mixture.draw(at: $0, seed: seed) }.map { $0.task * 1000 + $0.example }
    }
    #expect(draws(0..<100, seed: 1)[40...] == draws(40..<100, seed: 1)[...])
    #expect(draws(0..<100, seed: 1) != draws(0..<100, seed: 2))
  }
}
