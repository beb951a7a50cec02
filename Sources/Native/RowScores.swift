import CKernels

/// Scores of a window of rows, and its candidates: the rows whose scores may suffice. For one thread.
package final class RowScores {
  /// Rows of the window.
  package private(set) var rows = 0..<0
  /// Candidates.
  package internal(set) var count = 0
  let scores: UnsafeMutablePointer<Float>
  let candidates: UnsafeMutablePointer<UInt32>
  let found: UnsafeMutablePointer<Float>
  private let size: Int

  /// - Parameter size: rows that a window has at most.
  package init(size: Int) {
    self.size = size
    scores = .allocate(capacity: size)
    scores.initialize(repeating: 0, count: size)
    candidates = .allocate(capacity: size)
    candidates.initialize(repeating: 0, count: size)
    found = .allocate(capacity: size)
    found.initialize(repeating: 0, count: size)
  }

  deinit {
    scores.deallocate()
    candidates.deallocate()
    found.deallocate()
  }

  /// Goes to another window, without candidates; all scores are 0.
  package func begin(_ rows: Range<Int>) {
    precondition(rows.count <= size, "expected at most \(size) rows, found \(rows.count)")
    self.rows = rows
    count = 0
  }

  /// Makes candidates of the rows whose scores reach the cut, in ascending order, and all scores 0.
  package func collect(cut: Float) {
    count = firn_collect_scores(scores, rows.count, cut, rows.lowerBound, candidates, found)
  }

  /// Adds a candidate that holds nothing yet.
  ///
  /// - Requires: a row of the window, above all candidates so far.
  package func append(_ row: Int) {
    precondition(
      rows.contains(row) && count < size && (count == 0 || candidates[count - 1] < row),
      "expected a later row of \(rows), found \(row)")
    candidates[count] = UInt32(row)
    found[count] = 0
    count += 1
  }

  package func candidate(_ index: Int) -> (row: Int, score: Float) {
    precondition(index >= 0 && index < count, "expected an index below \(count), found \(index)")
    return (Int(candidates[index]), found[index])
  }
}
