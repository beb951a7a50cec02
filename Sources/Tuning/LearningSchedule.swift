import Foundation
import Tensors

/// The learning rate over a run: it rises linearly to its peak, then takes its course.
package struct LearningSchedule: Equatable, Sendable {
  /// What the rate does after its peak: stays, or falls to zero along a line or half a cosine.
  package enum Course: String, CaseIterable, Sendable { case constant, linear, cosine }

  package var peak: Float
  package var steps: Int
  /// Share of the steps that the rate rises in.
  package var warmUp: Double
  package var course: Course

  package init(peak: Float, steps: Int, warmUp: Double, course: Course) {
    self.peak = peak
    self.steps = steps
    self.warmUp = warmUp
    self.course = course
  }

  /// The rate of step `step`, counted from 1.
  package func rate(at step: Int) -> Float {
    let rising = max(1, Int(warmUp * Double(steps)))
    if step <= rising { return peak * Float(step) / Float(rising) }
    let left = Float(max(0, steps - step + 1)) / Float(max(1, steps - rising))
    switch course {
    case .constant: return peak
    case .linear: return peak * left
    case .cosine: return peak * (1 - cos(.pi * left)) / 2
    }
  }
}

/// The order in which examples are seen: each once an epoch, shuffled anew every time; a function of
/// the seed and the place alone, so that a resumed run sees what an uninterrupted one would.
package struct EpochOrder: Sendable {
  package let count: Int
  package let seed: UInt64

  package init(count: Int, seed: UInt64) {
    self.count = count
    self.seed = seed
  }

  /// The example at this place of the run.
  package subscript(place: Int) -> Int {
    Permutation(count: count, seed: seed &+ UInt64(place / count))[place % count]
  }
}
