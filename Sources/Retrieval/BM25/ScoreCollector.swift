/// Approximate scores of which the `limit` best are wanted: what a score must reach to be one of
/// them, and the rows that reached it.
struct ScoreCollector {
  /// What a row's approximate score must reach to stay in question.
  private(set) var cut = Float.leastNormalMagnitude
  private var candidates: [(row: Int, score: Float)] = []
  private let limit: Int
  private let slack: Float
  /// The best scores as a binary heap, the lowest on top.
  private var heap: [Float] = []

  /// - Parameter slack: what a score may differ, relative to itself, from the one that decides.
  init(limit: Int, slack: Float) {
    (self.limit, self.slack) = (limit, slack)
    heap.reserveCapacity(limit)
  }

  /// The rows that are still in question, in no order.
  var rows: [Int] { candidates.filter { $0.score >= cut }.map(\.row) }

  mutating func offer(_ row: Int, _ score: Float) {
    if score < cut { return }
    candidates.append((row, score))
    if heap.count < limit {
      heap.append(score)
      if heap.count == limit {
        heap.sort()
        raise()
      }
    } else if score > heap[0] {
      sink(score)
      raise()
    }
  }

  private mutating func raise() {
    // Either of two scores may be off in its own direction.
    cut = max(cut, heap[0] * (1 - 2 * slack))
  }

  private mutating func sink(_ score: Float) {
    var place = 0
    while 2 * place + 1 < heap.count {
      var lowest = 2 * place + 1
      if lowest + 1 < heap.count && heap[lowest + 1] < heap[lowest] { lowest += 1 }
      if heap[lowest] >= score { break }
      heap[place] = heap[lowest]
      place = lowest
    }
    heap[place] = score
  }
}
