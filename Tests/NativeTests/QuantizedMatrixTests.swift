import Testing

@testable import Native

/// The product on bytes against its formula, which is exact up to the last multiplications.
struct QuantizedMatrixTests {
  @Test(arguments: KernelTests.shapes + [(50, 384, 130), (97, 1536, 64)])
  func productIsTheFormula(rows: Int, inputs: Int, outputs: Int) {
    var random = SeededRandom(seed: 9)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in .random(in: -2...2, using: &random) }
    }
    let (x, w, bias) = (floats(rows * inputs), floats(outputs * inputs), floats(outputs))
    let matrix = QuantizedMatrix(MatrixView(w.span, rows: outputs, columns: inputs))
    let found = matrix.multiply(x, rows: rows, bias: bias, over: .callingOne)
    let activated = matrix.multiply(x, rows: rows, bias: bias, .gelu, over: .callingOne)
    let (xBytes, wBytes) = (Self.rounded(x, width: inputs), Self.rounded(w, width: inputs))
    for row in 0..<rows {
      for output in 0..<outputs {
        let (a, b) = (xBytes[row], wBytes[output])
        let sum = zip(a.bytes, b.bytes).reduce(0) { $0 + $1.0 * $1.1 }
        let expected = Double(sum) * Double(a.scale) * Double(b.scale) + Double(bias[output])
        let y = found[row * outputs + output]
        #expect(abs(Double(y) - expected) <= 1e-6 * max(1, abs(expected)))
        let gelu = KernelTests.gelu(Double(y))
        #expect(
          abs(Double(activated[row * outputs + output]) - gelu) <= 4e-7 * max(1, abs(Double(y))))
      }
    }
  }

  @Test func rowsOfZerosGiveTheBias() {
    let w = [Float](repeating: 0, count: 3 * 5)
    let matrix = QuantizedMatrix(MatrixView(w.span, rows: 3, columns: 5))
    let x: [Float] = [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]
    let y = matrix.multiply(x, rows: 2, bias: [1, 2, 3], over: .callingOne)
    #expect(y == [1, 2, 3, 1, 2, 3])
  }

  @Test(arguments: [1, 5, 64, 200])
  func productsOverThreadsAreThoseOfOneThread(rows: Int) {
    var random = SeededRandom(seed: 7)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in .random(in: -1...1, using: &random) }
    }
    let (outputs, inputs) = (707, 530)
    let (w, x, bias) = (floats(outputs * inputs), floats(rows * inputs), floats(outputs))
    let matrix = QuantizedMatrix(MatrixView(w.span, rows: outputs, columns: inputs))
    let alone = matrix.multiply(x, rows: rows, bias: bias, .gelu, over: .callingOne)
    let y = matrix.multiply(x, rows: rows, bias: bias, .gelu)
    #expect(y == alone)
    let plain = matrix.multiply(x, rows: rows, bias: bias, over: .callingOne)
    var sum = floats(rows * outputs)
    let expected = zip(sum, plain).map { $0 + $1 }
    matrix.multiply(x, rows: rows, bias: bias, addingTo: &sum)
    #expect(sum == expected)
  }

  private static func rounded(_ x: [Float], width: Int) -> [(bytes: [Int], scale: Float)] {
    stride(from: 0, to: x.count, by: width).map { start in
      let row = x[start..<start + width]
      let top = row.map(abs).max()!
      return (row.map { Int(($0 * (127 / top)).rounded(.toNearestOrEven)) }, top / 127)
    }
  }
}
