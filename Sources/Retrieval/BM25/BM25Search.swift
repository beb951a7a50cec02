/// Finds the best passages of a query without scoring most of the others.
///
/// Rows are visited in windows of 4096. In each window the terms' block maxima bound what they can
/// add, which splits the terms into essential ones, at least one of which every hit must hold, and
/// the rest. Essential terms are added up for the whole window; the rest are looked up only for
/// rows that can still enter the ranking. The hits and scores are those of scoring everything.
///
/// - Source: Turtle and Flood 1995 for MaxScore; Ding and Suel 2011, "Faster top-k document
///   retrieval using block-max indexes", for block maxima.
struct BM25Search {
  let bm25: BM25
  /// Terms in each passage.
  let lengths: [UInt32]

  /// Bounds are sums in another order than scores, so they may come out lower by rounding; this
  /// factor is far above that error and far below any difference between scores that matters.
  private static let slack = 1 + 1e-12

  /// The `limit` best rows, of those that may rank, for terms in descending order of weight.
  func top(_ limit: Int, _ terms: [TermCursor], within rows: RowSet? = nil) throws -> [Hit] {
    var terms = terms
    var hits = TopHits(limit: limit)
    var scores = WindowScores()
    for start in stride(from: 0, to: lengths.count, by: WindowScores.size) {
      let window = start..<min(start + WindowScores.size, lengths.count)
      if let rows, !rows.touches(window) { continue }
      let rest = restBounds(&terms, window)
      let essential = rest.firstIndex { !canEnter($0, hits) } ?? terms.count
      if essential == 0 || rest[0] == 0 { continue }
      scores.begin(window)
      for index in 0..<min(essential, terms.count) {
        try terms[index].addScores(to: &scores, self)
      }
      try scores.drain { row, score in
        if let rows, !rows.contains(row) { return }
        let total = try complete(score, row, &terms, from: essential, rest, hits)
        if let total { hits.offer(Hit(row: row, score: Float(total))) }
      }
    }
    return hits.sorted()
  }

  /// For each term, what it and all later ones can add in the window; 0 behind the last.
  private func restBounds(_ terms: inout [TermCursor], _ window: Range<Int>) -> [Double] {
    var rest = [Double](repeating: 0, count: terms.count + 1)
    for index in terms.indices.reversed() {
      rest[index] = rest[index + 1] + terms[index].bound(in: window, self)
    }
    return rest
  }

  /// Adds the inessential terms to a score; nothing as soon as it cannot enter the ranking.
  private func complete(
    _ score: Double, _ row: Int, _ terms: inout [TermCursor], from first: Int, _ rest: [Double],
    _ hits: TopHits
  ) throws -> Double? {
    var score = score
    for index in first..<max(first, terms.count) {
      guard canEnter(score + rest[index], hits) else { return nil }
      score += try terms[index].score(of: row, self)
    }
    return score
  }

  private func canEnter(_ bound: Double, _ hits: TopHits) -> Bool {
    guard let threshold = hits.threshold else { return true }
    return Float(bound * Self.slack) > threshold
  }
}
