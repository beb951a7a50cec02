import Synchronization
import Tensors

extension PairSource {
  /// The same pairs, where those of a step are about equally long: the pairs of `steps` steps are
  /// sorted by length, cut into batches and the batches shuffled.
  ///
  /// A function of the seed and the place alone. Which pairs `steps` steps see does not change, and
  /// nothing does for a single one.
  package func bucketed(steps: Int, batch: Int, seed: UInt64) -> PairSource {
    precondition(steps > 0 && batch > 0, "expected steps and batches, found \(steps) × \(batch)")
    if steps == 1 { return self }
    let epochs = EpochOrder(count: count, seed: seed)
    let (plain, length) = (order, length)
    let window = steps * batch
    let cache = BucketCache()
    var bucketed = self
    bucketed.order = { place in
      let number = place / window
      let order = cache.order(of: number) {
        let pairs = (number * window..<(number + 1) * window).map { plain?($0) ?? epochs[$0] }
        let lengths = pairs.map(length)
        let sorted = pairs.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
        let batches = Permutation(count: steps, seed: ~seed &+ UInt64(number))
        return (0..<steps).flatMap { step in
          (0..<batch).map { pairs[sorted[batches[step] * batch + $0]] }
        }
      }
      return order[place % window]
    }
    return bucketed
  }
}

/// The window that was asked for last: its places are asked for one after another.
private final class BucketCache: Sendable {
  private let last = Mutex<(number: Int, order: [Int])?>(nil)

  func order(of number: Int, _ make: () -> [Int]) -> [Int] {
    last.withLock { last in
      if let last, last.number == number { return last.order }
      let order = make()
      last = (number, order)
      return order
    }
  }
}
