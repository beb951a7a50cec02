import Testing

@testable import Native

struct BLASTests {
  @Test(arguments: [false, true], [false, true])
  func productsOfTransposedAndStridedMatricesAreTheFormula(transposingA: Bool, transposingB: Bool) {
    var random = SeededRandom(seed: 5)
    for _ in 0..<10 {
      let m = Int.random(in: 1...9, using: &random)
      let n = Int.random(in: 1...9, using: &random)
      let k = Int.random(in: 1...9, using: &random)
      let (aRows, aColumns) = transposingA ? (k, m) : (m, k)
      let (bRows, bColumns) = transposingB ? (n, k) : (k, n)
      let a = (0..<1 + aRows * (aColumns + 2)).map { _ in Float.random(in: -1...1, using: &random) }
      let b = (0..<2 + bRows * (bColumns + 3)).map { _ in Float.random(in: -1...1, using: &random) }
      let before = (0..<3 + m * (n + 1)).map { _ in Float.random(in: -1...1, using: &random) }
      var c = before
      BLAS.multiply(
        MatrixView(a.span, from: 1, rows: aRows, columns: aColumns, stride: aColumns + 2),
        transposingA: transposingA,
        MatrixView(b.span, from: 2, rows: bRows, columns: bColumns, stride: bColumns + 3),
        transposingB: transposingB, into: &c, from: 3, stride: n + 1, alpha: 2, beta: 0.5)
      var expected = before
      for i in 0..<m {
        for j in 0..<n {
          let sum = (0..<k).reduce(0.0) { sum, p in
            let left = transposingA ? a[1 + p * (aColumns + 2) + i] : a[1 + i * (aColumns + 2) + p]
            let right = transposingB ? b[2 + j * (bColumns + 3) + p] : b[2 + p * (bColumns + 3) + j]
            return sum + Double(left) * Double(right)
          }
          let place = 3 + i * (n + 1) + j
          expected[place] = Float(2 * sum + 0.5 * Double(before[place]))
        }
      }
      #expect(zip(c, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }
}
