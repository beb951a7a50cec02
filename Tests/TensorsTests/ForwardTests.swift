import Native
import Testing

@testable import Tensors

/// What tensors add to the kernels, which are tested by themselves.
struct ForwardTests {
  private func tensor(_ rows: Int, _ width: Int, seed: UInt64) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(
      rows: rows, width: width,
      values: (0..<rows * width).map { _ in random.normal(deviation: 1) })
  }

  @Test func linearKeepsRowsAndTakesOutputsFromTheWeight() {
    let x = tensor(3, 2, seed: 1)
    let linear = Linear(
      weight: FloatTable([1, 0, 0, 1, 1, 1, -1, 2]), outputs: 4, inputs: 2, bias: [0, 0, 5, 0])
    let y = linear(x)
    #expect(y.rows == 3 && y.width == 4)
    for row in 0..<3 {
      let (a, b) = (x[row, 0], x[row, 1])
      let expected = [a, b, a + b + 5, 2 * b - a]
      #expect((0..<4).allSatisfy { abs(y[row, $0] - expected[$0]) < 1e-6 })
    }
    #expect(linear(x, gelu: true) == gelu(y))
  }

  @Test func layerNormLeavesMeanOfBiasAndDeviationOfGain() {
    let norm = LayerNorm(
      gain: [Float](repeating: 2, count: 50), bias: [Float](repeating: 3, count: 50),
      epsilon: 1e-12)
    let y = norm(tensor(4, 50, seed: 2), adding: tensor(4, 50, seed: 3))
    for row in 0..<4 {
      let values = y.rows(row..<row + 1).values
      let mean = values.reduce(0, +) / 50
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 50
      #expect(abs(mean - 3) < 1e-5 && abs(variance - 4) < 1e-4)
    }
  }

  @Test func raggedAttentionTreatsEachSequenceAsIfAlone() {
    let (q, k, v) = (tensor(9, 6, seed: 4), tensor(9, 6, seed: 5), tensor(9, 6, seed: 6))
    let starts = [0, 1, 5, 9]
    var probabilities: [[Float]]? = []
    let together = RaggedAttention(heads: 2, starts: starts)
      .forward(q: q, k: k, v: v, keeping: &probabilities)
    #expect(probabilities?.map(\.count) == [2, 32, 32])
    for (start, end) in zip(starts, starts.dropFirst()) {
      var nothing: [[Float]]? = nil
      let alone = RaggedAttention(heads: 2, starts: [0, end - start]).forward(
        q: q.rows(start..<end), k: k.rows(start..<end), v: v.rows(start..<end),
        keeping: &nothing)
      #expect(alone == together.rows(start..<end))
      #expect(nothing == nil)
    }
    // A sequence of one token attends to itself alone.
    #expect(together.rows(0..<1) == v.rows(0..<1))
  }

  @Test func productAddsToWhatIsThere() {
    let a = Tensor(rows: 2, width: 1, values: [1, 2])
    let b: [Float] = [3, 4, 5]
    var c = Tensor(rows: 2, width: 3, values: [1, 1, 1, 1, 1, 1])
    multiply(a, MatrixView(b.span, rows: 1, columns: 3), into: &c, beta: 10)
    #expect(c.values == [13, 14, 15, 16, 18, 20])
  }
}
