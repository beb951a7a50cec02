/// A passage, by its row in the index, and what a ranker thinks of it.
package struct Hit: Equatable, Sendable {
  package var row: Int
  /// Higher is better; the scale is the ranker's own.
  package var score: Float

  package init(row: Int, score: Float) {
    self.row = row
    self.score = score
  }
}
