import Foundation
import Native
import Testing

@testable import Tensors

/// Attention's backward passes against central differences of a plain forward pass in Double.
struct AttentionGradientTests {
  /// softmax(scale q kᵀ + bias) v with q, k and v side by side in rows of q and of kv.
  private func attend(
    _ how: Kernels.Attending, _ q: [Double], qWidth: Int, starts: [Int], _ kv: [Double],
    kvWidth: Int, offset: Int, keyStarts: [Int], bias: PositionBias?, biases: [Double]? = nil
  ) -> [Double] {
    let width = how.headWidth
    let biases = biases ?? bias?.values.map(Double.init) ?? []
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
              return biases[middle + j - place]
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

  /// Of a bias whose values all lie in a flat vector, the last first, behind three other numbers.
  @Test(arguments: [(1.0, false), (0.4, true)] as [(Float, Bool)])
  func biasesOfAttentionGoBack(scale: Float, causal: Bool) {
    let how = Kernels.Attending(heads: 4, keyHeads: 2, headWidth: 5, scale: scale, causal: causal)
    let (starts, reach) = ([0, 1, 6, 66], 60)
    let (x, dy) = (tensor(66, 40, seed: 30), tensor(66, 20, seed: 31))
    let values = tensor(4, 2 * reach - 1, seed: 32)
    let count = values.values.count
    let bias = PositionBias(
      values: values.values, reach: reach, heads: 4,
      places: (0..<count).map { 3 + count - 1 - $0 })
    var gradient = [Float](repeating: 0, count: 3 + count)
    _ = CachedAttention(how).backward(dy, from: x, starts: starts, bias: bias, into: &gradient)
    #expect(gradient[..<3] == [0, 0, 0])
    let dBias = Tensor(rows: 4, width: 2 * reach - 1, values: gradient[3...].reversed())
    expectGradient(
      dBias, at: values,
      of: { values in
        attend(
          how, x.values.map(Double.init), qWidth: 40, starts: starts, x.values.map(Double.init),
          kvWidth: 40, offset: 20, keyStarts: starts, bias: bias, biases: values)
      }, dy: dy)
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
}
