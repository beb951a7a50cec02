import Foundation
import Native
import Testing

@testable import Tensors

/// Backward passes against central differences of a plain forward pass in Double.
struct GradientTests {
  private func tensor(_ rows: Int, _ width: Int, seed: UInt64, deviation: Float = 1) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(
      rows: rows, width: width,
      values: (0..<rows * width).map { _ in random.normal(deviation: deviation) })
  }

  /// Whether `dx` is the gradient of Σ dy ∘ f(x): along random directions, each inside some columns,
  /// so that no part hides behind a larger one.
  private func expectGradient(
    _ dx: Tensor, at x: Tensor, of f: ([Double]) -> [Double], dy: Tensor,
    columns: [Range<Int>]? = nil, _ name: Comment = "", location: SourceLocation = #_sourceLocation
  ) {
    var random = SplitMix64(seed: 99)
    func loss(_ x: [Double]) -> Double {
      zip(f(x), dy.values).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    for part in columns ?? [0..<x.width] {
      for _ in 0..<2 {
        let direction = (0..<x.values.count).map {
          part.contains($0 % x.width) ? Double(random.normal(deviation: 1)) : 0
        }
        let h = 1e-5
        func moved(_ step: Double) -> [Double] {
          zip(x.values, direction).map { Double($0) + step * $1 }
        }
        let numeric = (loss(moved(h)) - loss(moved(-h))) / (2 * h)
        let products = zip(dx.values, direction).map { Double($0) * $1 }
        let size = products.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // Float32 rounds each number by 6e-8 of what it is a sum of.
        #expect(
          abs(numeric - products.reduce(0, +)) <= 2e-5 * (size + 0.1), name,
          sourceLocation: location)
      }
    }
  }

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

  // MARK: Attention

  /// softmax(scale q kᵀ + bias) v with q, k and v side by side in rows of q and of kv.
  private func attend(
    _ how: Kernels.Attending, _ q: [Double], qWidth: Int, starts: [Int], _ kv: [Double],
    kvWidth: Int, offset: Int, keyStarts: [Int], bias: PositionBias?
  ) -> [Double] {
    let width = how.headWidth
    var out: [Double] = []
    for sequence in 0..<starts.count - 1 {
      let keys = keyStarts[sequence + 1] - keyStarts[sequence]
      let queries = starts[sequence + 1] - starts[sequence]
      for query in 0..<queries {
        let place = how.causal ? keys - queries + query : query
        for head in 0..<how.heads {
          let keyHead = head / (how.heads / how.keyHeads)
          func key(_ key: Int, _ i: Int, _ part: Int) -> Double {
            kv[
              (keyStarts[sequence] + key) * kvWidth + offset
                + (part * how.keyHeads + keyHead) * width + i]
          }
          let nearest = how.causal ? place : keys - 1
          let seen = (0..<keys).filter { $0 <= nearest && $0 > place - (how.window ?? .max / 2) }
          let scores = seen.map { j in
            let row = (starts[sequence] + query) * qWidth + head * width
            let product = (0..<width).reduce(0) { $0 + q[row + $1] * key(j, $1, 0) }
            let added = bias.map { bias in
              let middle = head * (2 * bias.reach - 1) + bias.reach - 1
              return Double(bias.values[middle + j - place])
            }
            return exp(product * Double(how.scale) + (added ?? 0))
          }
          let sum = scores.reduce(0, +)
          for i in 0..<width {
            out.append(zip(seen, scores).reduce(0) { $0 + $1.1 / sum * key($1.0, i, 1) })
          }
        }
      }
    }
    return out
  }

  @Test(arguments: [
    Kernels.Attending(heads: 4, keyHeads: 2, headWidth: 5, scale: 0.4, causal: true),
    Kernels.Attending(heads: 2, headWidth: 5, scale: 0.4, causal: true, window: 7),
    Kernels.Attending(heads: 2, headWidth: 3, scale: 1, causal: false),
  ])
  func selfAttentionGoesBack(how: Kernels.Attending) {
    // The last sequence takes more than one block of queries.
    let starts = [0, 1, 6, 66]
    let (width, keyWidth) = (how.heads * how.headWidth, how.keyHeads * how.headWidth)
    let x = tensor(66, width + 2 * keyWidth, seed: 13)
    let dy = tensor(66, width, seed: 14)
    var nothing: [Float] = []
    for reach in [0, 60] {
      let bias =
        reach == 0
        ? nil
        : PositionBias(
          values: tensor(how.heads, 2 * reach - 1, seed: 15).values, reach: reach, heads: how.heads)
      expectGradient(
        CachedAttention(how).backward(
          dy, from: x, starts: starts, bias: bias, into: &nothing), at: x,
        of: {
          attend(
            how, $0, qWidth: x.width, starts: starts, $0, kvWidth: x.width, offset: width,
            keyStarts: starts, bias: bias)
        }, dy: dy,
        columns: [0..<width, width..<width + keyWidth, width + keyWidth..<x.width],
        "\(how), bias to \(reach)")
    }
  }

  @Test(arguments: [false, true])
  func attentionToOtherRowsGoesBack(causal: Bool) {
    let how = Kernels.Attending(heads: 4, keyHeads: 2, headWidth: 3, scale: 0.7, causal: causal)
    let (starts, keyStarts) = ([0, 2, 5], [0, 40, 47])
    let (q, kv, dy) = (tensor(5, 12, seed: 16), tensor(47, 12, seed: 17), tensor(5, 12, seed: 18))
    var nothing: [Float] = []
    let (dq, dkv) = CachedAttention(how).backward(
      dy, from: q, starts: starts, to: kv, keyStarts: keyStarts, queriesAreLast: causal,
      into: &nothing)
    func out(_ q: [Double], _ kv: [Double]) -> [Double] {
      attend(
        how, q, qWidth: 12, starts: starts, kv, kvWidth: 12, offset: 0, keyStarts: keyStarts,
        bias: nil)
    }
    expectGradient(dq, at: q, of: { out($0, kv.values.map(Double.init)) }, dy: dy)
    expectGradient(
      dkv, at: kv, of: { out(q.values.map(Double.init), $0) }, dy: dy, columns: [0..<6, 6..<12])
  }

  // MARK: Loss

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
}
