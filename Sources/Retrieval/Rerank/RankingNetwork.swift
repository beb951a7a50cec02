import Models
import Native
import Tensors

/// The learned combination of features: one hidden layer, one score.
///
///     score = w₂ · GELU(W₁ x + b₁)
///
/// A list's scores only count by their differences, so there is no last bias.
///
/// - Shapes: x `[candidates, features]`, standardized; W₁ `[hidden, features]`; b₁, w₂ `[hidden]`.
package struct RankingNetwork: Sendable {
  package let layout: ParameterLayout
  private let features, hidden: Int
  private let w1, b1, w2: ParameterLayout.Slice

  package init(features: Int = RankingFeature.count, hidden: Int = 32) {
    var layout = ParameterLayout()
    w1 = layout.append("hidden.weight", rows: hidden, columns: features)
    b1 = layout.append("hidden.bias", rows: 1, columns: hidden)
    w2 = layout.append("score.weight", rows: 1, columns: hidden)
    self.features = features
    self.hidden = hidden
    self.layout = layout
  }

  /// Normals with deviation 1/√inputs; biases zero.
  package func initialParameters(seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    var parameters = [Float](repeating: 0, count: layout.count)
    for slice in [w1, w2] {
      let deviation = 1 / Float(slice.columns).squareRoot()
      for i in slice.range { parameters[i] = random.normal(deviation: deviation) }
    }
    return parameters
  }

  /// One score per row of `x`.
  package func callAsFunction(_ x: Tensor, parameters: [Float]) -> [Float] {
    scores(gelu(linear(x, parameters)), parameters)
  }

  /// Runs forward and backward: `loss` turns the scores into a value and ∂loss/∂scores.
  ///
  /// - Returns: the loss; the gradient is added to `gradient`.
  package func accumulateGradient(
    _ x: Tensor, parameters: [Float], into gradient: inout [Float],
    loss: ([Float]) -> (value: Float, gradient: [Float])
  ) -> Float {
    let sums = linear(x, parameters)
    let activations = gelu(sums)
    let (value, dScores) = loss(scores(activations, parameters))
    // scores = activations w₂
    let dy = Tensor(rows: x.rows, width: 1, values: dScores)
    BLAS.multiply(
      MatrixView(dy.values.span, rows: x.rows, columns: 1), transposingA: true,
      MatrixView(activations.values.span, rows: x.rows, columns: hidden), into: &gradient,
      from: w2.offset, beta: 1)
    var dActivations = Tensor(rows: x.rows, width: hidden)
    multiply(
      dy, MatrixView(parameters.span, from: w2.offset, rows: 1, columns: hidden),
      into: &dActivations)
    // sums = x W₁ᵀ + b₁
    let dSums = geluBackward(sums, dActivations)
    BLAS.multiply(
      MatrixView(dSums.values.span, rows: x.rows, columns: hidden), transposingA: true,
      MatrixView(x.values.span, rows: x.rows, columns: features), into: &gradient,
      from: w1.offset, beta: 1)
    for row in 0..<x.rows {
      for unit in 0..<hidden { gradient[b1.offset + unit] += dSums[row, unit] }
    }
    return value
  }

  private func linear(_ x: Tensor, _ parameters: [Float]) -> Tensor {
    precondition(x.width == features, "expected \(features) features, found \(x.width)")
    let bias = parameters[b1.range]
    var sums = Tensor(
      rows: x.rows, width: hidden, values: (0..<x.rows).flatMap { _ in bias })
    multiply(
      x, MatrixView(parameters.span, from: w1.offset, rows: hidden, columns: features),
      transposingB: true, into: &sums, beta: 1)
    return sums
  }

  private func scores(_ activations: Tensor, _ parameters: [Float]) -> [Float] {
    var scores = Tensor(rows: activations.rows, width: 1)
    multiply(
      activations, MatrixView(parameters.span, from: w2.offset, rows: 1, columns: hidden),
      transposingB: true, into: &scores)
    return scores.values
  }
}

/// Brings features to mean 0 and deviation 1, as measured on the training lists.
package struct FeatureScale: Equatable, Sendable {
  package let mean, deviation: [Float]
  /// Standardized values are cut here: an index of another kind must not throw the network off.
  private static let limit: Float = 6

  package init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Measures the features of all rows; one that never changes keeps deviation 1.
  ///
  /// - Requires: at least one list.
  package init(of lists: [Tensor]) {
    let features = lists[0].width
    var sum = [Double](repeating: 0, count: features)
    var squares = sum
    let rows = Double(max(1, lists.reduce(0) { $0 + $1.rows }))
    for list in lists {
      for (index, value) in list.values.enumerated() {
        sum[index % features] += Double(value)
        squares[index % features] += Double(value) * Double(value)
      }
    }
    mean = sum.map { Float($0 / rows) }
    deviation = zip(sum, squares).map { sum, squares in
      let variance = squares / rows - (sum / rows) * (sum / rows)
      return variance > 1e-10 ? Float(variance.squareRoot()) : 1
    }
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    var result = x
    for index in x.values.indices {
      let feature = index % x.width
      let value = (x.values[index] - mean[feature]) / deviation[feature]
      result.values[index] = min(Self.limit, max(-Self.limit, value))
    }
    return result
  }
}
