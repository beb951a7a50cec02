import Foundation
import Tensors
import Testing

/// Normal numbers that hang on the seed alone.
func tensor(_ rows: Int, _ width: Int, seed: UInt64, deviation: Float = 1) -> Tensor {
  var random = SplitMix64(seed: seed)
  return Tensor(
    rows: rows, width: width,
    values: (0..<rows * width).map { _ in random.normal(deviation: deviation) })
}

/// Whether `dx` is the gradient of Σ dy ∘ f(x): along random directions, each inside some columns,
/// so that no part hides behind a larger one.
func expectGradient(
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
