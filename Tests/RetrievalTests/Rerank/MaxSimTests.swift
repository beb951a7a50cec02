import Tensors
import Testing

@testable import Retrieval

struct MaxSimTests {
  private func random(_ rows: Int, seed: UInt64) -> Tensor {
    var generator = Tensors.SplitMix64(seed: seed)
    return Tensor(
      rows: rows, width: 24,
      values: (0..<rows * 24).map { _ in generator.normal(deviation: 1) }
    ).normalizedRows()
  }

  /// Every pair's dot product in `Double`, one after another.
  private func naive(_ q: Tensor, _ p: Tensor, _ columns: Range<Int>, _ weights: [Float]) -> Double
  {
    var (sum, total) = (0.0, 0.0)
    for i in 0..<q.rows {
      let dots = columns.map { j in
        (0..<q.width).reduce(0.0) { $0 + Double(q[i, $1]) * Double(p[j, $1]) }
      }
      sum += Double(weights[i]) * (dots.max() ?? 0)
      total += Double(weights[i])
    }
    return sum / total
  }

  @Test(arguments: [0..<17, 3..<9, 16..<17, 5..<5])
  func agreesWithTheNaiveTwin(columns: Range<Int>) {
    let (q, p) = (random(5, seed: 1), random(17, seed: 2))
    let weights: [Float] = [0.5, 0, 2, 1, 0.25]
    let best = MaxSim.best(MaxSim.similarities(q, p), columns: columns)
    let expected = naive(q, p, columns, weights)
    #expect(abs(Double(MaxSim.score(best, weights: weights)) - expected) < 1e-6)
  }

  @Test func aTextFindsItselfWhole() {
    let q = random(6, seed: 3)
    let best = MaxSim.best(MaxSim.similarities(q, q), columns: 0..<6)
    #expect(best.allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test func rowsBecomeOfLengthOneAndZerosStay() {
    let x = Tensor(rows: 2, width: 2, values: [3, 4, 0, 0]).normalizedRows()
    #expect(x.values.elementsEqual([0.6, 0.8, 0, 0]) { abs($0 - $1) < 1e-6 })
  }
}
