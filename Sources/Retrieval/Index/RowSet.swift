/// Some rows of an index, to which a search is restricted.
package struct RowSet: Equatable, Sendable {
  /// Rows in the set.
  package let count: Int
  private var words: [UInt64]

  /// - Parameter limit: the index's rows.
  /// - Requires: rows of the index; one may stand there twice.
  package init(_ rows: some Sequence<Int>, of limit: Int) {
    var words = [UInt64](repeating: 0, count: (limit + 63) / 64)
    for row in rows {
      precondition((0..<limit).contains(row), "expected a row below \(limit), found \(row)")
      words[row / 64] |= 1 << UInt64(row % 64)
    }
    self.words = words
    count = words.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  package func contains(_ row: Int) -> Bool {
    words[row / 64] & 1 << UInt64(row % 64) != 0
  }

  /// The rows that both sets hold.
  ///
  /// - Requires: sets over one index.
  package func intersection(_ other: RowSet) -> RowSet {
    precondition(words.count == other.words.count, "expected sets over one index, found two")
    return RowSet(words: zip(words, other.words).map { $0 & $1 })
  }

  /// - Parameter words: a bit for each row.
  init(words: [UInt64]) {
    self.words = words
    count = words.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// Whether the set holds any row of a range.
  package func touches(_ range: Range<Int>) -> Bool {
    next(from: range.lowerBound, before: range.upperBound) != nil
  }

  /// How many of the set's rows lie within a range.
  func count(in range: Range<Int>) -> Int {
    guard !range.isEmpty else { return 0 }
    let (first, last) = (range.lowerBound / 64, (range.upperBound - 1) / 64)
    var count = (first...last).reduce(0) { $0 + words[$1].nonzeroBitCount }
    count -= (words[first] & (1 << UInt64(range.lowerBound % 64) - 1)).nonzeroBitCount
    let end = range.upperBound % 64
    if end != 0 { count -= (words[last] >> UInt64(end)).nonzeroBitCount }
    return count
  }

  /// The set's rows within a range, in ascending order.
  func forEach(in range: Range<Int>, _ body: (Int) -> Void) {
    var row = range.lowerBound
    while let found = next(from: row, before: range.upperBound) {
      body(found)
      row = found + 1
    }
  }

  /// The set's rows within a range, as runs without gaps, in ascending order.
  package func runs(in range: Range<Int>) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var row = range.lowerBound
    while let start = next(from: row, before: range.upperBound) {
      var end = start + 1
      while end < range.upperBound && contains(end) { end += 1 }
      runs.append(start..<end)
      row = end
    }
    return runs
  }

  /// All rows of the set in ascending order.
  var rows: [Int] { runs(in: 0..<(64 * words.count)).flatMap { Array($0) } }

  /// The first of the set's rows from `row` on.
  private func next(from row: Int, before limit: Int) -> Int? {
    var row = row
    while row < limit {
      let word = words[row / 64] >> UInt64(row % 64)
      if word != 0 {
        let found = row + word.trailingZeroBitCount
        return found < limit ? found : nil
      }
      row = (row / 64 + 1) * 64
    }
    return nil
  }
}
