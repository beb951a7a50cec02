import Foundation
import Testing

@testable import Native

struct ActivationTests {
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

  @Test func gatesAreTheFormulaFromTailToTail() {
    let (rows, width) = (3, 2001)
    let left = (0..<width).map { Float($0 - 1000) * 0.05 }
    let x = (0..<rows).flatMap { row in left + left.map { _ in Float(row + 1) } }
    for (activation, formula) in Self.formulas {
      let y = Kernels.gate(x, rows: rows, width: width, activation)
      for index in y.indices {
        let value = Double(left[index % width])
        let expected = formula(value) * Double(index / width + 1)
        // Of GELU's polynomial 3e-7 times x, of the rest a few units in the last place.
        #expect(abs(Double(y[index]) - expected) <= 2e-6 * max(1, abs(value)))
      }
    }
  }

  @Test(arguments: [1, 5, 64, 200])
  func productsOverThreadsAreThoseOfOneThread(rows: Int) {
    var random = SeededRandom(seed: 7)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in .random(in: -1...1, using: &random) }
    }
    let (outputs, inputs) = (451, 290)
    let (w, x, bias) = (floats(outputs * inputs), floats(rows * inputs), floats(outputs))
    let packed = PackedMatrix(MatrixView(w.span, rows: outputs, columns: inputs))
    let alone = packed.multiply(x, rows: rows, bias: bias, .gelu, over: .callingOne)
    let y = packed.multiply(x, rows: rows, bias: bias, .gelu)
    #expect(y == alone)
    let plain = packed.multiply(x, rows: rows, bias: bias, over: .callingOne)
    var sum = floats(rows * outputs)
    let expected = zip(sum, plain).map { $0 + $1 }
    packed.multiply(x, rows: rows, bias: bias, addingTo: &sum)
    // The kernel may begin its sums with what is there, which rounds otherwise.
    #expect(zip(sum, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func rootMeanSquareNormIsTheFormula() {
    let x: [Float] = [3, 4, 0, 0, 0, 0, -1, -1, 1]
    let y = Kernels.rmsNorm(x, gain: [1, 2, 3], epsilon: 1)
    // √(25/3 + 1), √(0 + 1), √(1 + 1)
    let a = Float(28.0 / 3).squareRoot()
    let b = Float(2).squareRoot()
    let expected = [3 / a, 8 / a, 0, 0, 0, 0, -1 / b, -2 / b, 3 / b]
    #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func logSumExpOverflowsNowhere() {
    let large: [Float] = (0..<37).map { 500 + Float($0 % 3) }
    let expected = 500 + log((0..<37).reduce(0.0) { $0 + exp(Double($1 % 3)) })
    #expect(abs(Double(Kernels.logSumExp(large.span)) - expected) < 1e-4)
    let hidden: [Float] = [-.infinity, 2, -.infinity]
    #expect(Kernels.logSumExp(hidden.span) == 2)
    let nothing: [Float] = []
    #expect(Kernels.logSumExp(nothing.span) == -.infinity)
  }
}
