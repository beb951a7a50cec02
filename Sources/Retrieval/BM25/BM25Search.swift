import Native

/// Finds the best passages of a query without scoring most of the others.
///
/// Rows are visited in windows. In each window the terms' block bounds limit what they can add,
/// which splits the terms into essential ones, at least one of which every hit must hold, and the
/// rest. Essential terms are added up for the whole window; the rest are looked up only for rows
/// that can still enter the ranking. All this in `Float`, with room for its rounding; the few rows
/// left at the end are scored by the formula. The hits and scores are those of scoring everything.
///
/// - Source: Turtle and Flood 1995 for MaxScore; Ding and Suel 2011, "Faster top-k document
///   retrieval using block-max indexes", for block maxima.
struct BM25Search {
  let bm25: BM25
  /// Terms in each passage.
  let lengths: AlignedArray<UInt32>
  private let saturation: SaturationTable

  private static let windowSize = 4096
  /// A window of a restricted search is not added up when it holds fewer rows than this.
  private static let sparse = 64

  init(bm25: BM25, lengths: AlignedArray<UInt32>) {
    (self.bm25, self.lengths) = (bm25, lengths)
    let (k1, b) = (bm25.parameters.k1, bm25.parameters.b)
    // An average of 0 belongs to an index without postings.
    saturation = SaturationTable(
      base: k1 * (1 - b), slope: k1 * b / max(bm25.averageLength, .leastNormalMagnitude),
      lengths: lengths)
  }

  /// The `limit` best rows, of those that may rank, for terms in descending order of weight.
  func top(_ limit: Int, _ terms: [TermCursor], within rows: RowSet? = nil) throws -> [Hit] {
    if limit == 0 || terms.isEmpty { return [] }
    // Six roundings make a part and one adds it; bounds have as many.
    let slack = Float(terms.count + 8) * Float.ulpOfOne
    var best = ScoreCollector(limit: limit, slack: slack)
    let scores = RowScores(size: Self.windowSize)
    var rest = [Float](repeating: 0, count: terms.count + 1)
    for start in stride(from: 0, to: lengths.count, by: Self.windowSize) {
      let window = start..<min(start + Self.windowSize, lengths.count)
      if let rows, !rows.touches(window) { continue }
      for index in terms.indices.reversed() {
        let bound = terms[index].postings.bound(window, saturation)
        rest[index] = rest[index + 1] + Float(terms[index].weight) * bound * (1 + slack)
      }
      if rest[0] < best.cut { continue }
      scores.begin(window)
      try findCandidates(terms, rest, cut: best.cut, scores, within: rows)
      for index in 0..<scores.count {
        let (row, score) = scores.candidate(index)
        if rows?.contains(row) != false { best.offer(row, score) }
      }
    }
    return try exact(limit, best, terms)
  }

  /// Leaves the rows of the window that reach the cut.
  ///
  /// - Parameter rest: for each term, what it and all later ones can add; 0 behind the last.
  private func findCandidates(
    _ terms: [TermCursor], _ rest: [Float], cut: Float, _ scores: RowScores,
    within rows: RowSet?
  ) throws {
    var first = 0
    if let rows, rows.count(in: scores.rows) < Self.sparse {
      rows.forEach(in: scores.rows) { scores.append($0) }
    } else {
      while rest[first] >= cut {
        try terms[first].postings.add(Float(terms[first].weight), to: scores, saturation)
        first += 1
      }
      scores.collect(cut: cut - rest[first])
    }
    for index in first..<terms.count where scores.count > 0 {
      try terms[index].postings.complete(
        Float(terms[index].weight), scores, cut: cut - rest[index + 1], saturation)
    }
  }

  private func exact(
    _ limit: Int, _ best: ScoreCollector, _ terms: [TermCursor]
  ) throws -> [Hit] {
    for term in terms { term.postings.rewind() }
    var hits = TopHits(limit: limit)
    // Candidates came in ascending order of rows.
    for candidate in best.candidates where candidate.score >= best.cut {
      let score = try terms.reduce(0) { try $0 + $1.score(of: candidate.row, self) }
      hits.offer(Hit(row: candidate.row, score: Float(score)))
    }
    return hits.sorted()
  }
}
