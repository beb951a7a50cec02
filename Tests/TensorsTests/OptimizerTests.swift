import Foundation
import Testing

@testable import Tensors

/// Optimizers against slow twins in Double, and against figures of the reference implementation.
struct OptimizerTests {
  private static let shapes = [(rows: 3, columns: 4), (rows: 1, columns: 5), (rows: 6, columns: 1)]
  private static let count = shapes.reduce(0) { $0 + $1.rows * $1.columns }

  private func numbers(_ count: Int, seed: UInt64, deviation: Float) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in random.normal(deviation: deviation) }
  }

  /// Runs an optimizer and its twin side by side over gradients of very different sizes.
  private func compare(
    _ optimizer: some Optimizer, clip: Float,
    groups: [(range: Range<Int>, factor: Float)],
    twin: (_ x: inout [Double], _ g: [Double], _ step: Int, _ rate: [Double]) -> Void
  ) {
    var optimizer = optimizer
    var x = numbers(Self.count, seed: 1, deviation: 1)
    var y = x.map(Double.init)
    for step in 1...30 {
      let g = numbers(Self.count, seed: UInt64(100 + step), deviation: step % 3 == 0 ? 5 : 0.01)
      let norm = g.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let rate = 0.1 / Float(step)
      let found = optimizer.update(&x, gradient: g, rate: rate, clip: clip, groups: groups)
      let rates = x.indices.map { place in
        Double(rate) * Double(groups.first { $0.range.contains(place) }?.factor ?? 0)
      }
      twin(&y, g.map { Double($0) * min(1, Double(clip) / norm) }, step, rates)
      #expect(abs(Double(found) - norm) < 1e-5 * norm)
    }
    #expect(optimizer.step == 30)
    // Each of 30 steps rounds by about 1e-7 of numbers near 1.
    let off = zip(x, y).map { abs(Double($0) - $1) }.max() ?? 1
    #expect(off < 2e-5, "off by \(off)")
  }

  private static let groups = [(range: 0..<12, factor: Float(1)), (range: 12..<23, factor: 0.5)]

  @Test func adamWIsItsFormula() {
    var (m, v) = ([Double](repeating: 0, count: Self.count), [Double]())
    v = m
    var optimizer = AdamW(count: Self.count)
    optimizer.decay = 0.02
    compare(optimizer, clip: 1, groups: Self.groups) { x, g, step, rate in
      for i in x.indices {
        m[i] = 0.9 * m[i] + 0.1 * g[i]
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i]
        let (mean, square) = (
          m[i] / (1 - pow(0.9, Double(step))), v[i] / (1 - pow(0.999, Double(step)))
        )
        x[i] -= rate[i] * (mean / (square.squareRoot() + 1e-8) + 0.02 * x[i])
      }
    }
  }

  @Test func adafactorIsItsFormula() {
    var rows = Self.shapes.map { [Double](repeating: 0, count: $0.rows) }
    var columns = Self.shapes.map { [Double](repeating: 0, count: $0.columns) }
    var optimizer = Adafactor(matrices: Self.shapes)
    optimizer.decay = 0.02
    compare(optimizer, clip: 2, groups: Self.groups) { x, g, step, rate in
      let share = pow(Double(step), -0.8)
      var start = 0
      for (index, (height, width)) in Self.shapes.enumerated() {
        func square(_ row: Int, _ column: Int) -> Double {
          let value = g[start + row * width + column]
          return value * value + 1e-30
        }
        for row in 0..<height {
          let mean = (0..<width).map { square(row, $0) }.reduce(0, +) / Double(width)
          rows[index][row] = (1 - share) * rows[index][row] + share * mean
        }
        for column in 0..<width {
          let mean = (0..<height).map { square($0, column) }.reduce(0, +) / Double(height)
          columns[index][column] = (1 - share) * columns[index][column] + share * mean
        }
        let mean = rows[index].reduce(0, +) / Double(height)
        let u = (0..<height * width).map { place in
          let estimate = rows[index][place / width] * columns[index][place % width] / mean
          return g[start + place] / estimate.squareRoot()
        }
        let size = (u.reduce(0) { $0 + $1 * $1 } / Double(u.count)).squareRoot()
        for place in u.indices {
          let i = start + place
          x[i] -= rate[i] * (u[place] / max(1, size) + 0.02 * x[i])
        }
        start += u.count
      }
    }
  }

  private struct Reference: Decodable {
    let shapes: [[Int]]
    let rate, decay: Float
    let start: [Float]
    let gradients: [[Float]]
    let after: [String: [Float]]
  }

  @Test func adafactorStepsAsTransformersDoes() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ModelsTests/Fixtures/adafactor.json")
    let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: path))
    // A vector is one row here, whose factors are those of each number by itself.
    var optimizer = Adafactor(
      matrices: reference.shapes.map { $0.count == 1 ? (1, $0[0]) : ($0[0], $0[1]) })
    optimizer.decay = reference.decay
    var x = reference.start
    var compared = 0
    for gradient in reference.gradients {
      _ = optimizer.update(
        &x, gradient: gradient, rate: reference.rate, clip: .infinity,
        groups: [(0..<x.count, 1)])
      guard let expected = reference.after["\(optimizer.step)"] else { continue }
      compared += 1
      let off = zip(x, expected).map { abs($0 - $1) }.max() ?? 1
      #expect(off < 1e-5, "step \(optimizer.step): off by \(off)")
    }
    #expect(compared == 3)
  }

  @Test(arguments: [true, false])
  func whatIsRememberedGoesOnElsewhere(factored: Bool) {
    let fresh: any Optimizer =
      factored ? Adafactor(matrices: Self.shapes) : AdamW(count: Self.count)
    func step(_ optimizer: inout any Optimizer, _ x: inout [Float]) {
      let g = numbers(Self.count, seed: UInt64(optimizer.step), deviation: 1)
      _ = optimizer.update(&x, gradient: g, rate: 0.1, clip: 1, groups: Self.groups)
    }
    var (first, x) = (fresh, numbers(Self.count, seed: 1, deviation: 1))
    for _ in 0..<3 { step(&first, &x) }
    var (second, y) = (fresh, x)
    (second.step, second.memory) = (first.step, first.memory)
    step(&first, &x)
    step(&second, &y)
    #expect(x == y && first.memory == second.memory)
    var (forgetful, z) = (fresh, y)
    step(&forgetful, &z)
    #expect(z != x)
  }

  @Test(arguments: [true, false])
  func aGradientThatIsNotFiniteChangesNothing(factored: Bool) {
    var optimizer: any Optimizer =
      factored ? Adafactor(matrices: Self.shapes) : AdamW(count: Self.count)
    var x = [Float](repeating: 1, count: Self.count)
    var gradient = x
    gradient[7] = .nan
    let norm = optimizer.update(&x, gradient: gradient, rate: 0.1, clip: 1, groups: Self.groups)
    #expect(norm.isNaN && optimizer.step == 0 && x.allSatisfy { $0 == 1 })
  }
}
