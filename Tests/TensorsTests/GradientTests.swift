import Foundation
import Native
import Testing

@testable import Tensors

/// Backward passes against central differences of a plain forward pass in Double.
struct GradientTests {
  @Test func normsGoBack() {
    let (x, dy) = (tensor(5, 19, seed: 1), tensor(5, 19, seed: 2))
    let (gain, bias) = (tensor(1, 19, seed: 3).values, tensor(1, 19, seed: 4).values)
    func rows(_ f: @escaping (ArraySlice<Double>) -> [Double]) -> ([Double]) -> [Double] {
      { x in stride(from: 0, to: x.count, by: 19).flatMap { f(x[$0..<$0 + 19]) } }
    }
    let rms = RMSNorm(gain: gain, epsilon: 1e-3)
    expectGradient(
      rms.backward(dy, from: x), at: x,
      of: rows { x in
        let size = (x.reduce(0) { $0 + $1 * $1 } / 19 + 1e-3).squareRoot()
        return zip(x, gain).map { $0 / size * Double($1) }
      }, dy: dy)
    let layer = LayerNorm(gain: gain, bias: bias, epsilon: 1e-3)
    expectGradient(
      layer.backward(dy, from: x), at: x,
      of: rows { x in
        let mean = x.reduce(0, +) / 19
        let size = (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 19 + 1e-3).squareRoot()
        return zip(x, gain).map { ($0 - mean) / size * Double($1) }
      }, dy: dy)
  }

  static let formulas: [(Activation, @Sendable (Double) -> Double)] = [
    (.identity, { $0 }),
    (.gelu, { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }),
    (
      .geluTanh,
      { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    ),
    (.relu, { max($0, 0) }),
    (.silu, { $0 / (1 + exp(-$0)) }),
  ]

  @Test func activationsAndGatesGoBack() {
    for (activation, f) in Self.formulas {
      let (x, dy) = (tensor(3, 21, seed: 5, deviation: 2), tensor(3, 21, seed: 6))
      expectGradient(
        activatedBackward(x, dy, activation), at: x, of: { $0.map(f) }, dy: dy, "\(activation)")
      let joined = tensor(3, 42, seed: 7, deviation: 2)
      expectGradient(
        gatedBackward(joined, dy, activation), at: joined,
        of: { x in
          (0..<3).flatMap { row in
            (0..<21).map { f(x[row * 42 + $0]) * x[row * 42 + 21 + $0] }
          }
        }, dy: dy, columns: [0..<21, 21..<42], "\(activation)")
    }
  }

  @Test func rotationsGoBack() {
    let rotary = RotaryEmbedding(
      headWidth: 6, base: 50,
      scaling: .yarn(factor: 4, low: 0, high: 2, attention: 1.2))
    let rotation = rotary.rotation(starts: [0, 2, 5], offsets: [3, 0])
    let x = tensor(5, 20, seed: 8)
    var (dx, dy) = (tensor(5, 20, seed: 9), tensor(5, 20, seed: 9))
    rotation.backward(&dx, heads: 3)
    // A linear map: ⟨R x, dy⟩ = ⟨x, Rᵀ dy⟩.
    var turned = x
    rotation(&turned, heads: 3)
    func product(_ a: Tensor, _ b: Tensor) -> Double {
      zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    #expect(abs(product(turned, dy) - product(x, dx)) < 1e-4)
    dy.values[0] += 1
    #expect(abs(product(turned, dy) - product(x, dx)) > 1e-2)
  }

  @Test(arguments: [(1, 1, 1), (7, 33, 70), (100, 451, 130), (3, 2100, 40)])
  func projectionsGoBack(rows: Int, outputs: Int, inputs: Int) {
    let (w, dy) = (tensor(outputs, inputs, seed: 10), tensor(rows, outputs, seed: 11))
    let projection = Projection(
      StoredMatrix([StoredTable(FloatTable(w.values))], columns: inputs))
    var expected = tensor(rows, inputs, seed: 12)
    var found = expected
    projection.backward(dy, addingTo: &found)
    multiply(
      dy, MatrixView(w.values.span, rows: outputs, columns: inputs), into: &expected, beta: 1)
    let difference = zip(found.values, expected.values).map { abs($0 - $1) }.max() ?? .nan
    #expect(difference < 1e-5 * Float(outputs))
    var added = projection.backward(dy)
    add(tensor(rows, inputs, seed: 12), to: &added)
    #expect(zip(found.values, added.values).allSatisfy { abs($0 - $1) < 1e-5 * Float(outputs) })
  }

  @Test(arguments: [(0, 0), (0.2, 0), (0, 0.03), (0.1, 0.01)] as [(Float, Float)])
  func tokenLossAndItsGradientAreTheFormula(smoothing: Float, z: Float) {
    let (rows, width) = (3, 45)
    let x = tensor(rows, width, seed: 19, deviation: 3)
    let targets: [Int32] = [0, 44, 17]
    func losses(_ x: [Double]) -> [Double] {
      (0..<rows).map { row in
        let x = x[row * width..<(row + 1) * width]
        let all = log(x.reduce(0) { $0 + exp($1) })
        let mean = x.reduce(0) { $0 + $1 - all } / Double(width)
        let target = x[row * width + Int(targets[row])] - all
        return -(1 - Double(smoothing)) * target - Double(smoothing) * mean
          + Double(z) * all * all
      }
    }
    var gradient = x
    let sum = TokenLoss(smoothing: smoothing, z: z)(&gradient, targets: targets, scale: 0.5)
    #expect(abs(sum - losses(x.values.map(Double.init)).reduce(0, +)) < 1e-5 * sum)
    expectGradient(
      gradient, at: x, of: losses,
      dy: Tensor(rows: rows, width: 1, values: [Float](repeating: 0.5, count: rows)))
  }

  // MARK: Weights

  @Test func gainsGoBackTimesWhatTheyAreScaledBy() {
    let (x, dy, gain) = (tensor(5, 19, seed: 1), tensor(5, 19, seed: 2), tensor(1, 19, seed: 3))
    let norm = RMSNorm(gain: gain.values, epsilon: 1e-3, place: 2).scaled(by: 0.5)
    var gradient = [Float](repeating: 0, count: 21)
    let dx = norm.backward(dy, from: x, into: &gradient)
    #expect(gradient[..<2] == [0, 0])
    #expect(dx == norm.backward(dy, from: x))
    expectGradient(
      Tensor(rows: 1, width: 19, values: Array(gradient[2...])), at: gain,
      of: { gain in
        stride(from: 0, to: x.values.count, by: 19).flatMap { start in
          let row = x.values[start..<start + 19].map(Double.init)
          let size = (row.reduce(0) { $0 + $1 * $1 } / 19 + 1e-3).squareRoot()
          return zip(row, gain).map { $0 / size * $1 / 2 }
        }
      }, dy: dy)
  }

  /// Of two maps side by side, the second of which comes first in the flat vector.
  @Test func weightsAndBiasesOfMapsGoBack() {
    let (x, dy) = (tensor(6, 4, seed: 40), tensor(6, 5, seed: 41))
    // [3, 4] with 3 biases, then [2, 4] without.
    let parameters = tensor(1, 23, seed: 42)
    let projection = Projection(
      StoredMatrix(
        [
          StoredTable(FloatTable(Array(parameters.values[8..<20]))),
          StoredTable(FloatTable(Array(parameters.values[..<8]))),
        ], columns: 4), bias: Array(parameters.values[20...]) + [0, 0],
      maps: [("first", 3), ("second", 2)],
      places: [WeightPlace(weight: 8, bias: 20), WeightPlace(weight: 0)])
    var gradient = [Float](repeating: 0, count: 23)
    _ = projection.backward(dy, from: x, into: &gradient)
    expectGradient(
      Tensor(rows: 1, width: 23, values: gradient), at: parameters,
      of: { parameters in
        (0..<6).flatMap { row in
          (0..<5).map { output in
            let (first, bias) =
              output < 3 ? (8 + 4 * output, parameters[20 + output]) : (4 * (output - 3), 0)
            return (0..<4).reduce(bias) { $0 + Double(x[row, $1]) * parameters[first + $1] }
          }
        }
      }, dy: dy, columns: [0..<8, 8..<20, 20..<23])
  }

  @Test func rowsOfTablesGoBackToWhereTheyCameFrom() {
    let table = tensor(4, 3, seed: 43)
    let embedding = Embedding(
      table: StoredTable(FloatTable(table.values)), width: 3, place: 1)
    let (indices, dy) = ([2, 0, 2], tensor(3, 3, seed: 44))
    var gradient = [Float](repeating: 0, count: 13)
    embedding.backward(dy, of: indices, into: &gradient)
    #expect(gradient[0] == 0)
    expectGradient(
      Tensor(rows: 4, width: 3, values: Array(gradient[1...])), at: table,
      of: { table in indices.flatMap { table[3 * $0..<3 * $0 + 3] } }, dy: dy)
  }
}
