import Foundation
import Native
import Tensors

/// Draws tokens; each sequence has a generator of its own, so that its answer does not depend on
/// what else is in the batch.
struct TokenSampler {
  private let settings: Sampling
  private var random: SplitMix64

  /// - Parameter stream: tells sequences of one seed apart.
  init(_ settings: Sampling, stream: Int) {
    precondition(settings.temperature > 0, "expected a temperature above 0")
    precondition(settings.topP > 0 && settings.topP <= 1, "expected top-p in 0 ... 1")
    precondition(settings.topK ?? 1 > 0, "expected top-k of at least 1")
    self.settings = settings
    // Neighbouring seeds of SplitMix64 lie on one orbit; its output does not.
    var seeds = SplitMix64(seed: settings.seed)
    let first = seeds.next()
    random = SplitMix64(seed: first ^ SplitMix64.mixed(UInt64(stream)))
  }

  mutating func next(_ logits: Span<Float>) -> Int32 {
    let candidates = Self.candidates(logits, settings)
    var left = random.uniform() * candidates.reduce(0) { $0 + $1.weight }
    for candidate in candidates {
      left -= candidate.weight
      if left < 0 { return candidate.token }
    }
    // Rounding may leave a trace of the last one's weight.
    return candidates[candidates.count - 1].token
  }

  /// What may be drawn, most probable first, with weights in proportion to the probabilities.
  static func candidates(
    _ logits: Span<Float>, _ settings: Sampling
  ) -> [(token: Int32, weight: Double)] {
    let top = Kernels.max(logits)
    var kept = logits.indices.map {
      (
        token: Int32($0),
        weight: exp(Double(logits[$0] - top) / Double(settings.temperature))
      )
    }
    if settings.topK == nil && settings.topP == 1 { return kept }
    kept.sort { ($1.weight, $0.token) < ($0.weight, $1.token) }
    if let k = settings.topK, k < kept.count { kept.removeSubrange(k...) }
    let wanted = Double(settings.topP) * kept.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    let last = kept.firstIndex { candidate in
      sum += candidate.weight
      return sum >= wanted
    }
    return Array(kept[...(last ?? kept.count - 1)])
  }
}

extension SplitMix64 {
  /// A number that tells nothing of its neighbours'.
  static func mixed(_ value: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: value)
    return generator.next()
  }
}
