import Foundation
import Native
import Testing

@testable import Tensors

/// What is learned inside a network, against central differences of plain formulas in Double.
struct LearnedPartTests {
  private func tensor(_ rows: Int, _ width: Int, seed: UInt64) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(
      rows: rows, width: width, values: (0..<rows * width).map { _ in random.normal(deviation: 1) })
  }

  /// Whether `dx` is the gradient of Σ dy ∘ f(x) along random directions.
  private func expectGradient(
    _ dx: [Float], at x: [Float], of f: ([Double]) -> [Double], dy: Tensor, _ name: Comment
  ) {
    var random = SplitMix64(seed: 7)
    for _ in 0..<3 {
      let direction = x.map { _ in Double(random.normal(deviation: 1)) }
      func loss(_ step: Double) -> Double {
        let y = f(zip(x, direction).map { Double($0) + step * $1 })
        return zip(y, dy.values).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let numeric = (loss(1e-5) - loss(-1e-5)) / 2e-5
      let products = zip(dx, direction).map { Double($0) * $1 }
      let size = products.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(numeric - products.reduce(0, +)) <= 3e-5 * (size + 0.1), name)
    }
  }

  /// a bᵀ of rows.
  private func multiply(
    _ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int
  ) -> [Double] {
    (0..<rows).flatMap { row in
      (0..<columns).map { column in
        (0..<inner).reduce(0) { $0 + a[row * inner + $1] * b[column * inner + $1] }
      }
    }
  }

  @Test func productsOfAnyShapeAreTheFormula() {
    for (rows, inner, columns) in [(3, 5, 150), (150, 5, 3), (70, 65, 66), (1, 1, 1)] {
      let (a, b) = (tensor(rows, inner, seed: 1), tensor(columns, inner, seed: 2))
      func transposed(_ x: Tensor) -> Tensor {
        Tensor(
          rows: x.width, width: x.rows,
          values: (0..<x.width).flatMap { column in (0..<x.rows).map { x[$0, column] } })
      }
      let expected = multiply(
        a.values.map(Double.init), b.values.map(Double.init), rows: rows, inner: inner,
        columns: columns)
      for (found, name) in [
        (product(MatrixPart(a), MatrixPart(b), transposingB: true), "a bᵀ"),
        (product(MatrixPart(a), MatrixPart(transposed(b))), "a b"),
        (product(MatrixPart(transposed(a)), transposingA: true, MatrixPart(transposed(b))), "aᵀ b"),
      ] {
        #expect(found.rows == rows && found.width == columns)
        let difference = zip(found.values, expected).map { abs(Double($0) - $1) }.max() ?? 1
        #expect(difference < 1e-4, "\(name) \(rows) \(inner) \(columns)")
      }
    }
  }

  @Test func lowRankPartsAddTheirProductGoBackAndMerge() {
    let (weight, x, dy) = (tensor(9, 6, seed: 1), tensor(5, 6, seed: 2), tensor(5, 9, seed: 3))
    let (a, b) = (tensor(2, 6, seed: 4), tensor(4, 2, seed: 5))
    let plain = Projection(
      StoredMatrix([StoredTable(FloatTable(weight.values))], columns: 6),
      bias: tensor(1, 9, seed: 6).values)
    var adapted = plain
    adapted.attach(LowRank(a: a, b: b, scale: 1.5, firstOutput: 3, offsets: (0, 12)))
    func output(_ x: [Double], _ a: [Double], _ b: [Double]) -> [Double] {
      let wx = multiply(x, weight.values.map(Double.init), rows: 5, inner: 6, columns: 9)
      let low = multiply(x, a, rows: 5, inner: 6, columns: 2)
      let added = multiply(low, b, rows: 5, inner: 2, columns: 4)
      return wx.indices.map { i in
        let (row, column) = (i / 9, i % 9 - 3)
        return wx[i] + Double(plain.bias![i % 9])
          + ((0..<4).contains(column) ? 1.5 * added[row * 4 + column] : 0)
      }
    }
    func doubles(_ x: Tensor) -> [Double] { x.values.map(Double.init) }
    let expected = output(doubles(x), doubles(a), doubles(b))
    var merged = adapted
    merged.merge()
    #expect(merged.lowRank.isEmpty)
    var sum = dy
    adapted(x, addingTo: &sum)
    for i in expected.indices {
      #expect(abs(Double(adapted(x).values[i]) - expected[i]) < 1e-4)
      #expect(abs(Double(merged(x).values[i]) - expected[i]) < 1e-4)
      #expect(abs(Double(sum.values[i] - dy.values[i]) - expected[i]) < 1e-4)
      #expect(adapted(x, .relu).values[i] == max(adapted(x).values[i], 0))
    }
    var rounded = Projection(
      StoredMatrix([StoredTable(FloatTable(weight.values))], columns: 6), bias: plain.bias, .int8)
    rounded.attach(LowRank(a: a, b: b, scale: 1.5, firstOutput: 3))
    rounded.merge()
    #expect(rounded.lowRank.count == 1)
    let largest = expected.map(abs).max() ?? 0
    #expect(
      zip(rounded(x).values, expected).allSatisfy { abs(Double($0) - $1) < 0.03 * largest })
    var gradient = [Float](repeating: 0, count: 20)
    let dx = adapted.backward(dy, from: x, into: &gradient)
    expectGradient(
      dx.values, at: x.values, of: { output($0, doubles(a), doubles(b)) }, dy: dy, "x")
    expectGradient(
      Array(gradient[..<12]), at: a.values, of: { output(doubles(x), $0, doubles(b)) }, dy: dy, "a")
    expectGradient(
      Array(gradient[12...]), at: b.values, of: { output(doubles(x), doubles(a), $0) }, dy: dy, "b")
  }

  @Test(arguments: [true, false])
  func prefixesAreKeysAndValuesBeforeEverySequence(causal: Bool) {
    let how = Kernels.Attending(heads: 2, headWidth: 3, scale: 0.7, causal: causal)
    let (starts, length) = ([0, 4, 5], 3)
    let bias = PositionBias(values: tensor(2, 15, seed: 1).values, reach: 8, heads: 2)
    let (x, prefix) = (tensor(5, 18, seed: 2), tensor(length, 12, seed: 3))
    let dy = tensor(5, 6, seed: 4)
    var attention = CachedAttention(how)
    attention.attach(prefix: prefix, offset: 2)
    #expect(attention.prefixLength == 3)
    /// Softmax of each query and head over the prefix and its own sequence, by loops.
    func output(_ x: [Double], _ prefix: [Double]) -> [Double] {
      (0..<2).flatMap { sequence -> [Double] in
        let own = starts[sequence]..<starts[sequence + 1]
        func key(_ place: Int, _ column: Int) -> Double {
          place < length
            ? prefix[place * 12 + column] : x[(own.lowerBound + place - length) * 18 + 6 + column]
        }
        return own.flatMap { row -> [Double] in
          let place = row - own.lowerBound + length
          let last = causal ? place : length + own.count - 1
          return (0..<2).flatMap { head -> [Double] in
            let weights = (0...last).map { j in
              let score = (0..<3).reduce(0) {
                $0 + x[row * 18 + head * 3 + $1] * key(j, head * 3 + $1)
              }
              return exp(0.7 * score + Double(bias.values[head * 15 + 7 + j - place]))
            }
            let sum = weights.reduce(0, +)
            return (0..<3).map { i in
              (0...last).reduce(0) { $0 + weights[$1] / sum * key($1, 6 + head * 3 + i) }
            }
          }
        }
      }
    }
    func doubles(_ x: Tensor) -> [Double] { x.values.map(Double.init) }
    let expected = output(doubles(x), doubles(prefix))
    let found = attention(x, starts: starts, bias: bias)
    #expect(zip(found.values, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    var gradient = [Float](repeating: 0, count: 2 + prefix.values.count)
    let dx = attention.backward(dy, from: x, starts: starts, bias: bias, into: &gradient)
    expectGradient(dx.values, at: x.values, of: { output($0, doubles(prefix)) }, dy: dy, "x")
    #expect(gradient[..<2] == [0, 0])
    expectGradient(
      Array(gradient[2...]), at: prefix.values, of: { output(doubles(x), $0) }, dy: dy, "prefix")
  }
}
