import Native
import Retrieval
import Tensors

/// Unit vectors round random centres, as embeddings of passages of many subjects lie.
struct VectorCloud: Sendable {
  /// How far from its centre a vector lies, in units of the centre's length.
  private static let spread: Float = 0.7

  private let dimension: Int
  private let centres: [Float]

  init(dimension: Int, clusters: Int, seed: UInt64) {
    self.dimension = dimension
    var random = SplitMix64(seed: seed)
    centres = (0..<clusters).flatMap { _ in
      Self.unit((0..<dimension).map { _ in Self.normal(&random) })
    }
  }

  /// - Shapes: result `[count, dimension]`.
  func vectors(_ count: Int, seed: UInt64) -> [Float] {
    let clusters = centres.count / dimension
    let noise = Self.spread / Float(dimension).squareRoot()
    return Parallel.map(count) { row -> [Float] in
      var random = SplitMix64(seed: seed &* 0x9E37_79B9 &+ UInt64(row))
      let centre = Int.random(in: 0..<clusters, using: &random) * dimension
      return Self.unit(
        (0..<dimension).map { centres[centre + $0] + noise * Self.normal(&random) })
    }.flatMap { $0 }
  }

  /// Writes vectors into a file as an index stores them.
  func write(_ count: Int, _ storage: VectorStorage, to path: String) throws {
    var writer = try VectorFileWriter(path: path, storage, dimension: dimension)
    while writer.count < count {
      let size = min(16_384, count - writer.count)
      try writer.append(vectors(size, seed: UInt64(3 + writer.count)))
    }
    try writer.finish()
  }

  private static func unit(_ vector: [Float]) -> [Float] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / length }
  }

  /// The sum of twelve uniform numbers less 6: mean 0, deviation 1, near enough to normal.
  private static func normal(_ random: inout SplitMix64) -> Float {
    var sum: UInt64 = 0
    for _ in 0..<3 {
      let bits = random.next()
      for part in 0..<4 { sum += bits >> UInt64(16 * part) & 0xFFFF }
    }
    return Float(sum) / 65_536 - 6
  }
}
