import Foundation
import Tensors

/// How often each task is drawn: in proportion to its examples, within bounds.
///
///     rate ∝ min(examples, cap)^(1 / temperature), no category above its largest share
///
/// - Source: Raffel et al. 2020, arXiv:1910.10683, section 3.5.2 (rates, cap, temperature); the
///   bound on categories is in the spirit of Sanh et al. 2022, arXiv:2110.08207.
package struct TaskMixture: Sendable {
  package struct Settings: Sendable, Equatable {
    /// Examples of a task that count at most.
    package var cap = Int.max
    package var temperature = 1.0
    /// Share of the draws that a category gets at most.
    package var categoryShare = 1.0

    package init() {}
  }

  /// The share of each task's draws; they sum to 1.
  package let rates: [Double]
  /// Draws of each task in a round, one at least; each round has them in another order.
  package let counts: [Int]
  /// First draw of each task in a round before it is shuffled, and the round's length.
  private let starts: [Int]
  private let sizes: [Int]

  /// - Parameters:
  ///   - sizes: training examples of each task.
  ///   - categories: the category of each task.
  /// - Requires: tasks with examples, and enough categories for their largest share.
  package init(sizes: [Int], categories: [String], _ settings: Settings) {
    precondition(
      !sizes.isEmpty && sizes.count == categories.count && sizes.allSatisfy { $0 > 0 },
      "expected tasks with examples and a category each, found \(sizes)")
    let capped = sizes.map { min($0, settings.cap) }
    let weights = capped.map { pow(Double($0), 1 / settings.temperature) }
    let rates = Self.bounded(weights, categories, share: settings.categoryShare)
    self.rates = rates
    self.sizes = sizes
    counts = Self.apportion(capped.reduce(0, +), rates)
    starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  /// Draws in a round.
  package var round: Int { starts[starts.count - 1] }

  /// The task at a place of a run, and which of its training examples: each task goes through all of
  /// its examples before it sees one again.
  ///
  /// A function of the seed and the place alone.
  package func draw(at place: Int, seed: UInt64) -> (task: Int, example: Int) {
    let (number, offset) = place.quotientAndRemainder(dividingBy: round)
    let shuffled = Permutation(count: round, seed: seed &+ UInt64(number))[offset]
    let task = Self.task(of: shuffled, starts)
    let occurrence = number * counts[task] + shuffled - starts[task]
    var mixer = SplitMix64(seed: seed ^ UInt64(task))
    return (task, EpochOrder(count: sizes[task], seed: mixer.next())[occurrence])
  }

  /// The last task whose draws begin at or before a draw.
  private static func task(of draw: Int, _ starts: [Int]) -> Int {
    var (low, high) = (0, starts.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= draw { low = middle } else { high = middle }
    }
    return low
  }

  /// Rates in proportion to weights, where each category gets `share` at most and the others what it
  /// leaves, in proportion again.
  private static func bounded(
    _ weights: [Double], _ categories: [String], share: Double
  ) -> [Double] {
    let sums = zip(categories, weights).reduce(into: [String: Double]()) {
      $0[$1.0, default: 0] += $1.1
    }
    precondition(
      Double(sums.count) * share >= 1 - 1e-9,
      "expected a share of at least 1/\(sums.count), found \(share)")
    var full: Set<String> = []
    while true {
      let free = sums.filter { !full.contains($0.key) }.values.sorted().reduce(0, +)
      let left = 1 - Double(full.count) * share
      func total(_ category: String) -> Double {
        full.contains(category) ? share : (sums[category] ?? 0) / free * left
      }
      let over = sums.keys.filter { !full.contains($0) && total($0) > share + 1e-12 }
      if over.isEmpty {
        return zip(categories, weights).map { total($0) * $1 / (sums[$0] ?? 1) }
      }
      full.formUnion(over)
    }
  }

  /// Whole numbers that sum to about `total` in proportion to rates: the largest remainders are
  /// rounded up, and no task gets nothing.
  private static func apportion(_ total: Int, _ rates: [Double]) -> [Int] {
    let shares = rates.map { $0 * Double(total) }
    var counts = shares.map { Int($0) }
    let order = shares.indices.sorted {
      (shares[$1] - Double(counts[$1]), $0) < (shares[$0] - Double(counts[$0]), $1)
    }
    for task in order.prefix(max(0, total - counts.reduce(0, +))) { counts[task] += 1 }
    return counts.map { max(1, $0) }
  }
}
