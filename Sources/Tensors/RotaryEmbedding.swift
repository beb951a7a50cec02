import Foundation
import Native

/// Rotary position embedding: each pair of a head's numbers is turned by an angle that grows with the
/// token's place, so that products of queries and keys depend on their distance.
///
///     (x₁, x₂) → (x₁ cos pω − x₂ sin pω, x₂ cos pω + x₁ sin pω),   ωᵢ = base^(−2i / headWidth)
///
/// x₁ and x₂ stand half a head apart.
/// - Source: Su et al. 2021, arXiv:2104.09864.
package struct RotaryEmbedding: Equatable, Sendable {
  /// How the frequencies ω change so that texts longer than those seen in training can be read.
  package enum Scaling: Equatable, Sendable {
    case none
    /// ω / factor (Chen et al. 2023, arXiv:2306.15595).
    case linear(factor: Float)
    /// A base that grows with a sequence once that is longer than `length` ("NTK-aware").
    case dynamic(factor: Float, length: Int)
    /// ω / factor for waves longer than length / low, ω for those shorter than length / high, and a
    /// mean of both between (Llama 3.1).
    case llama3(factor: Float, low: Float, high: Float, length: Int)
    /// From ω to ω / factor over the pairs from `low` to `high`; cosine and sine times `attention`
    /// (Peng et al. 2023, arXiv:2309.00071).
    case yarn(factor: Float, low: Float, high: Float, attention: Float)
  }

  package let headWidth: Int
  package let base: Float
  package let scaling: Scaling

  /// - Requires: an even head width.
  package init(headWidth: Int, base: Float, scaling: Scaling = .none) {
    precondition(headWidth % 2 == 0, "expected an even head width, found \(headWidth)")
    self.headWidth = headWidth
    self.base = base
    self.scaling = scaling
  }

  /// The frequencies ω, in radians a token, for a sequence of `length` tokens, `[headWidth / 2]`.
  package func frequencies(length: Int) -> [Float] {
    switch scaling {
    case .none: return plain(base)
    case .linear(let factor): return plain(base).map { $0 / factor }
    case .dynamic(let factor, let trained):
      let stretch = factor * Float(max(length, trained)) / Float(trained) - (factor - 1)
      let width = Float(headWidth)
      return plain(base * pow(stretch, width / (width - 2)))
    case .llama3(let factor, let low, let high, let trained):
      return plain(base).map { frequency in
        let waves = Float(trained) * frequency / (2 * .pi)
        let share = min(max((waves - low) / (high - low), 0), 1)
        return (1 - share) * frequency / factor + share * frequency
      }
    case .yarn(let factor, let low, let high, _):
      return plain(base).enumerated().map { pair, frequency in
        let share = min(max((Float(pair) - low) / (high - low), 0), 1)
        return share * frequency / factor + (1 - share) * frequency
      }
    }
  }

  private func plain(_ base: Float) -> [Float] {
    (0..<headWidth / 2).map { 1 / pow(base, Float(2 * $0) / Float(headWidth)) }
  }

  /// The rotations of a ragged batch's new tokens.
  ///
  /// - Parameters:
  ///   - starts: first row of each sequence, and the number of rows as the last element.
  ///   - offsets: tokens that each sequence has before its new ones.
  package func rotation(starts: [Int], offsets: [Int]) -> Rotation {
    let attention: Float = if case .yarn(_, _, _, let factor) = scaling { factor } else { 1 }
    var angles: [Float] = []
    for (sequence, offset) in offsets.enumerated() {
      let end = offset + starts[sequence + 1] - starts[sequence]
      let frequencies = frequencies(length: end)
      for place in offset..<end { angles += frequencies.map { Float(place) * $0 } }
    }
    return Rotation(
      headWidth: headWidth, cosines: angles.map { cos($0) * attention },
      sines: angles.map { sin($0) * attention })
  }

  /// The angles of some tokens, the same for every layer.
  package struct Rotation: Sendable {
    let headWidth: Int
    /// `[tokens, headWidth / 2]`.
    let cosines, sines: [Float]

    /// Turns gradients of turned rows back: the transpose of a rotation is its inverse.
    package func backward(_ dy: inout Tensor, heads: Int) {
      let back = Rotation(headWidth: headWidth, cosines: cosines, sines: sines.map { -$0 })
      back(&dy, heads: heads)
    }

    /// Turns the first `heads` heads of each row of x `[tokens, at least heads headWidth]`.
    package func callAsFunction(_ x: inout Tensor, heads: Int) {
      let half = headWidth / 2
      precondition(
        x.rows * half == cosines.count && heads * headWidth <= x.width,
        "expected \(cosines.count / half) rows of \(heads) heads, found \(x.rows) of \(x.width)")
      Kernels.rotate(
        &x.values, width: x.width, heads: heads, cosines: cosines, sines: sines)
    }
  }
}
