import Testing

@testable import Evaluation

struct PairedTestsTests {
  /// `scipy.stats.binomtest(a, a + b, 0.5).pvalue`
  @Test(arguments: [
    (0, 0, 1.0), (1, 0, 1), (5, 1, 0.21875), (10, 3, 0.09228515625), (7, 7, 1),
    (30, 12, 0.007915897334896727), (120, 80, 0.005685155996750306),
    (900, 1000, 0.023108845108901193),
  ])
  func mcNemarAgreesWithSciPy(onlyA: Int, onlyB: Int, expected: Double) {
    #expect(abs(mcNemar(onlyA: onlyA, onlyB: onlyB) - expected) < 1e-9 * expected)
    #expect(mcNemar(onlyA: onlyB, onlyB: onlyA) == mcNemar(onlyA: onlyA, onlyB: onlyB))
  }

  /// All 2⁸ swaps are enumerated; 40,000 trials come within 0.01 of their share.
  @Test func randomizationAgreesWithEnumeration() {
    let a = [0.9, 0.8, 0.4, 1, 0.7, 0.6, 0.55, 0.3]
    let b = [0.5, 0.7, 0.5, 0.4, 0.6, 0.65, 0.25, 0.2]
    let differences = zip(a, b).map { $0 - $1 }
    let observed = abs(differences.reduce(0, +))
    let extreme = (0..<256).count { swaps in
      let sum = differences.indices.reduce(0.0) {
        $0 + (swaps >> $1 & 1 == 0 ? differences[$1] : -differences[$1])
      }
      return abs(sum) >= observed - 1e-9
    }
    let p = PairedScores(a: a, b: b).randomizationTest(trials: 40_000)
    #expect(abs(p - Double(extreme) / 256) < 0.01)
  }

  @Test func equalSystemsDoNotDiffer() {
    let scores = PairedScores(a: [1, 0, 1], b: [1, 0, 1])
    #expect(scores.randomizationTest(trials: 100) == 1)
    #expect(scores.mcNemarTest() == 1)
    #expect(scores.difference() == MetricEstimate(value: 0, low: 0, high: 0))
  }

  @Test func mcNemarIsForRightAndWrongOnly() {
    #expect(PairedScores(a: [0.5, 1], b: [0, 1]).mcNemarTest() == nil)
  }
}
