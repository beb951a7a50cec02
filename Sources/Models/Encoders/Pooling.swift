import Foundation
import Native
import Tensors

/// What makes one vector of a text's token vectors; raw values are sentence-transformers' names.
///
///     mean Σ xᵢ / n      mean_sqrt_len_tokens Σ xᵢ / √n      weightedmean Σ i xᵢ / Σ i, i = 1 … n
///
/// - Source: Reimers & Gurevych 2019, arXiv:1908.10084; Muennighoff 2022, arXiv:2202.08904.
enum Pooling: String, CaseIterable, Sendable {
  case firstToken = "cls"
  case max
  case mean
  case meanBySquareRoot = "mean_sqrt_len_tokens"
  case weightedMean = "weightedmean"
  case lastToken = "lasttoken"

  /// Its key in older configurations.
  var flag: String {
    switch self {
    case .firstToken: "pooling_mode_cls_token"
    case .lastToken: "pooling_mode_lasttoken"
    case .meanBySquareRoot: "pooling_mode_mean_sqrt_len_tokens"
    default: "pooling_mode_\(rawValue)_tokens"
    }
  }

  /// - Shapes: states `[tokens, width]`; result `[width]`.
  func callAsFunction(_ states: Tensor, _ tokens: Range<Int>) -> [Float] {
    let width = states.width
    func row(_ token: Int) -> [Float] { states.rows(token..<token + 1).values }
    func sum(_ weight: (Int) -> Float) -> [Float] {
      var sum = [Float](repeating: 0, count: width)
      for (index, token) in tokens.enumerated() {
        let weight = weight(index)
        for i in 0..<width { sum[i] += weight * states.values[token * width + i] }
      }
      return sum
    }
    let count = Float(tokens.count)
    switch self {
    case .firstToken: return row(tokens.lowerBound)
    case .lastToken: return row(tokens.upperBound - 1)
    case .mean: return sum { _ in 1 }.map { $0 / count }
    case .meanBySquareRoot: return sum { _ in 1 }.map { $0 / count.squareRoot() }
    case .weightedMean:
      let whole = count * (count + 1) / 2
      return sum { Float($0 + 1) }.map { $0 / whole }
    case .max:
      return tokens.dropFirst().reduce(into: row(tokens.lowerBound)) { top, token in
        for i in 0..<width { top[i] = Swift.max(top[i], states.values[token * width + i]) }
      }
    }
  }
}

/// What happens to a pooled vector.
enum PoolingStep: Sendable {
  /// y = x / |x|
  case normalize
  /// y = activation(x Wᵀ + b)
  case dense(Linear, DenseActivation, name: String)

  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .normalize: return x.normalizedRows()
    case .dense(let linear, let activation, _):
      var y = linear(x)
      for i in y.values.indices { y.values[i] = activation(y.values[i]) }
      return y
    }
  }
}

/// The activation of a dense step; raw values are the names of PyTorch's classes.
enum DenseActivation: String, CaseIterable, Sendable {
  case identity = "Identity"
  case tanh = "Tanh"
  case relu = "ReLU"

  func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .identity: x
    case .tanh: Foundation.tanh(x)
    case .relu: Swift.max(x, 0)
    }
  }
}

extension Tensor {
  /// Every row scaled to length one; a row of zeros stays one.
  package func normalizedRows() -> Tensor {
    var result = self
    for row in 0..<rows {
      let range = row * width..<(row + 1) * width
      let x = values.span.extracting(range)
      // The floor is PyTorch's.
      let inverse = 1 / max(Kernels.dot(x, x).squareRoot(), 1e-12)
      for i in range { result.values[i] *= inverse }
    }
    return result
  }
}
