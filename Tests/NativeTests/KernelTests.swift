import Foundation
import Testing

@testable import Native

/// Every forward kernel against its formula in `Double`, over seeded shapes that leave parts of
/// vectors and tiles over.
struct KernelTests {
  /// Rounding of a float32 sum grows with its length: this covers 1,100 products of terms below 1.
  static let tolerance = 3e-5

  static let shapes: [(rows: Int, inputs: Int, outputs: Int)] =
    [(1, 1, 1), (1, 7, 33), (9, 1, 5), (5, 13, 1), (14, 16, 32), (6, 8, 16), (29, 64, 31)]
    + [(3, 300, 40), (45, 1100, 270)] + seededShapes(12)

  private static func seededShapes(_ count: Int) -> [(rows: Int, inputs: Int, outputs: Int)] {
    var random = SeededRandom(seed: 3)
    return (0..<count).map { _ in
      (
        .random(in: 1...40, using: &random), .random(in: 1...90, using: &random),
        .random(in: 1...70, using: &random)
      )
    }
  }

  private func floats(_ count: Int, seed: Int, scale: Float = 1) -> [Float] {
    var random = SeededRandom(seed: UInt64(seed))
    return (0..<count).map { _ in .random(in: -scale...scale, using: &random) }
  }

  private func largestDifference(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0
  }

  @Test(arguments: shapes)
  func packedProductAddsItsBiasAndActivation(rows: Int, inputs: Int, outputs: Int) {
    let x = floats(rows * inputs, seed: 1)
    let w = floats(outputs * inputs, seed: 2)
    let bias = floats(outputs, seed: 3)
    let packed = PackedMatrix(MatrixView(w.span, rows: outputs, columns: inputs))
    var plain: [Double] = []
    for row in 0..<rows {
      for output in 0..<outputs {
        plain.append(
          (0..<inputs).reduce(0.0) {
            $0 + Double(x[row * inputs + $1]) * Double(w[output * inputs + $1])
          })
      }
    }
    let biased = plain.enumerated().map { $1 + Double(bias[$0 % outputs]) }
    let found = packed.multiply(x, rows: rows, bias: nil, over: .callingOne)
    #expect(largestDifference(found, plain) < Self.tolerance)
    let activated = packed.multiply(x, rows: rows, bias: bias, .gelu, over: .callingOne)
    #expect(largestDifference(activated, biased.map(Self.gelu)) < Self.tolerance)
  }

  @Test func packedProductReadsRowsInsideAWiderMatrix() {
    let w = floats(3 * 10, seed: 4)
    let inside = MatrixView(w.span, from: 2, rows: 3, columns: 4, stride: 10)
    let x: [Float] = [1, 0, 0, 0, 0, 0, 0, 1]
    let y = PackedMatrix(inside).multiply(x, rows: 2, bias: nil, over: .callingOne)
    #expect(y == [w[2], w[12], w[22], w[5], w[15], w[25]])
  }

  @Test(arguments: shapes)
  func layerNormIsTheFormula(rows: Int, inputs: Int, outputs: Int) {
    let width = inputs + 1
    let x = floats(rows * width, seed: 5, scale: 3)
    let residual = floats(rows * width, seed: 6)
    let gain = floats(width, seed: 7)
    let bias = floats(width, seed: 8)
    var kept: Kernels.Normalized? = .init()
    let found = Kernels.layerNorm(
      x, adding: residual, gain: gain, bias: bias, epsilon: 1e-5, keeping: &kept)
    var expected: [Double] = []
    for row in 0..<rows {
      let range = row * width..<(row + 1) * width
      let sums = zip(x[range], residual[range]).map { Double($0) + Double($1) }
      let mean = sums.reduce(0, +) / Double(width)
      let variance = sums.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
      expected += (0..<width).map {
        (sums[$0] - mean) / (variance + 1e-5).squareRoot() * Double(gain[$0]) + Double(bias[$0])
      }
    }
    #expect(largestDifference(found, expected) < Self.tolerance)
    #expect(kept?.values.count == x.count && kept?.inverseDeviation.count == rows)
    var nothing: Kernels.Normalized? = nil
    let again = Kernels.layerNorm(
      x, adding: residual, gain: gain, bias: bias, epsilon: 1e-5, keeping: &nothing)
    #expect(again == found)
  }

  @Test func geluIsTheExactFormFromTailToTail() {
    let x = stride(from: Float(-20), through: 20, by: 0.013).map { $0 } + [-1e6, 1e6, 0, -0.0]
    let error = zip(Kernels.gelu(x), x).map { abs(Double($0) - Self.gelu(Double($1))) }
    // Of Φ 3e-7 at most, of the product with x half a unit in the last place.
    #expect(zip(error, x).allSatisfy { $0 <= 4e-7 * max(1, Double(abs($1))) })
  }

  @Test(arguments: [(1, 1, 2), (2, 3, 20), (17, 8, 2), (40, 5, 40), (64, 16, 10), (1, 32, 2)])
  func attentionIsSoftmaxOfScaledProducts(length: Int, headWidth: Int, scale: Float) {
    let (heads, before, after) = (3, 2, 4)
    let width = heads * headWidth
    let count = (before + length + after) * width
    let (q, k, v) = (
      floats(count, seed: 9, scale: scale), floats(count, seed: 10), floats(count, seed: 11)
    )
    var out = [Float](repeating: 9, count: count)
    let rows = before..<before + length
    let p = Kernels.attention(
      q, k, v, rows: rows, heads: heads, width: width, keepingProbabilities: true, into: &out)
    var expected = [Double](repeating: 9, count: count)
    var weights: [Double] = []
    for head in 0..<heads {
      func at(_ x: [Float], _ row: Int, _ d: Int) -> Double {
        Double(x[row * width + head * headWidth + d])
      }
      for i in rows {
        let scores = rows.map { j in
          (0..<headWidth).reduce(0.0) { $0 + at(q, i, $1) * at(k, j, $1) }
            / Double(headWidth).squareRoot()
        }
        let share = Self.softmax(scores)
        weights += share
        for d in 0..<headWidth {
          expected[i * width + head * headWidth + d] =
            zip(share, rows).reduce(0.0) { $0 + $1.0 * at(v, $1.1, d) }
        }
      }
    }
    #expect(largestDifference(p, weights) < Self.tolerance)
    // Rows of other sequences stay as they were.
    #expect(largestDifference(out, expected) < Self.tolerance)
  }

  @Test(arguments: [0, 1, 7, 8, 15, 16, 17, 100, 384])
  func reductionsTakeEveryElement(count: Int) {
    let x = floats(count, seed: 12)
    let y = floats(count, seed: 13)
    let dot = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Double(Kernels.dot(x.span, y.span)) - dot) < Self.tolerance)
    #expect(Kernels.max(x.span) == x.max() ?? -.infinity)
    for place in 0..<min(count, 20) {
      var spike = x
      spike[place] = 5
      #expect(Kernels.max(spike.span) == 5)
    }
    var sum = y
    Kernels.add(x, to: &sum)
    #expect(sum == zip(x, y).map { $0 + $1 })
  }

  static func gelu(_ x: Double) -> Double { x * 0.5 * erfc(-x / 2.0.squareRoot()) }

  static func softmax(_ x: [Double]) -> [Double] {
    let top = x.max() ?? 0
    let e = x.map { exp($0 - top) }
    return e.map { $0 / e.reduce(0, +) }
  }
}
