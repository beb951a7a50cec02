/// The best `limit` hits of those offered: by score, and by row where scores are equal.
///
/// A binary heap with the worst kept hit on top.
package struct TopHits {
  package let limit: Int
  private var heap: [Hit] = []

  /// - Requires: `limit` not negative.
  package init(limit: Int) {
    precondition(limit >= 0, "expected a limit of 0 or more, found \(limit)")
    self.limit = limit
  }

  /// The score that a hit with a later row must exceed to be kept; nothing while there is room.
  package var threshold: Float? {
    heap.count < limit ? nil : heap.first?.score ?? .infinity
  }

  /// Keeps the hit if it is good enough. Not-a-number is never kept.
  package mutating func offer(_ hit: Hit) {
    if hit.score.isNaN || limit == 0 { return }
    if heap.count < limit {
      heap.append(hit)
      rise(from: heap.count - 1)
    } else if precedes(hit, heap[0]) {
      heap[0] = hit
      sink(from: 0)
    }
  }

  /// The hits that were kept, best first.
  package func sorted() -> [Hit] {
    heap.sorted(by: precedes)
  }

  private mutating func rise(from start: Int) {
    var index = start
    while index > 0, precedes(heap[(index - 1) / 2], heap[index]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func sink(from start: Int) {
    var index = start
    while 2 * index + 1 < heap.count {
      var worst = 2 * index + 1
      if worst + 1 < heap.count && precedes(heap[worst], heap[worst + 1]) { worst += 1 }
      guard precedes(heap[index], heap[worst]) else { return }
      heap.swapAt(index, worst)
      index = worst
    }
  }
}

/// The order of every ranking: higher score first, then lower row.
package func precedes(_ first: Hit, _ second: Hit) -> Bool {
  first.score != second.score ? first.score > second.score : first.row < second.row
}
