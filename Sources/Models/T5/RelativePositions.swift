import Foundation
import Native

/// Distances between tokens put into buckets: near ones each into their own, farther ones together.
///
/// - Source: Raffel et al. 2020, arXiv:1910.10683, section 2.1.
package struct RelativePositions: Sendable {
  package let buckets: Int
  /// Distances from here on share the last bucket.
  package let farthest: Int

  package init(buckets: Int, farthest: Int) {
    self.buckets = buckets
    self.farthest = farthest
  }

  /// The bucket of a key `distance` tokens after its query (before it when negative). In both
  /// directions each has half of the buckets; in one, whatever comes after is at distance 0.
  package func bucket(_ distance: Int, bidirectional: Bool) -> Int {
    let count = bidirectional ? buckets / 2 : buckets
    let first = bidirectional && distance > 0 ? count : 0
    let steps = bidirectional ? abs(distance) : max(-distance, 0)
    let exact = count / 2
    if steps < exact { return first + steps }
    // In float32 with a cut, as the weights were learned: a wider format moves the boundaries.
    let ratio =
      log(Float(steps) / Float(exact)) / Float(log(Double(farthest) / Double(exact)))
    return first + min(exact + Int(ratio * Float(count - exact)), count - 1)
  }

  /// The learned bias of every distance below `reach`.
  func bias(_ table: DistanceTable, reach: Int, bidirectional: Bool) -> PositionBias {
    let heads = table.heads
    let buckets = (1 - reach..<reach).map { bucket($0, bidirectional: bidirectional) }
    let indices = (0..<heads).flatMap { head in buckets.map { $0 * heads + head } }
    return PositionBias(
      values: indices.map { table.values[$0] }, reach: reach, heads: heads,
      places: table.place.map { place in indices.map { place + $0 } } ?? [])
  }
}

/// A learned bias of attention scores by bucket and head.
struct DistanceTable: Sendable {
  /// `[buckets, heads]`.
  let values: [Float]
  let heads: Int
  /// Where its gradient begins in a flat vector; nil where it is frozen.
  var place: Int?
}
