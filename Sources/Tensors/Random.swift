import Foundation

/// SplitMix64 (Steele, Lea & Flood 2014): small, seeded, the same on every machine.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  package private(set) var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in 0 ..< 1.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Normal with mean 0 and the given deviation (Box & Muller 1958).
  package mutating func normal(deviation: Float) -> Float {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return deviation * Float(radius * cos(2 * .pi * uniform()))
  }
}
