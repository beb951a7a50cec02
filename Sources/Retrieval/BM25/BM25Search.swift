import Native

/// Finds the best passages of a query without scoring most of the others.
///
/// Rows are divided into windows, which are visited in the order of what their best row can score at
/// most, until no later one can matter. In each window these bounds split the terms into essential
/// ones, at least one of which every hit must hold, and the rest. Essential terms are added up for
/// the whole window; the rest are looked up only for rows that can still enter the ranking. All this
/// in `Float`, with room for its rounding; the few rows left at the end are scored by the formula.
/// The hits and scores are those of scoring everything.
///
/// - Source: Turtle and Flood 1995 for MaxScore; Ding and Suel 2011, "Faster top-k document
///   retrieval using block-max indexes", for block maxima; Khattab, Hammoud and Elsayed 2020,
///   "Finding the best of both worlds", for windows in the order of their bounds.
struct BM25Search {
  let bm25: BM25
  /// Terms in each passage.
  let lengths: AlignedArray<UInt32>
  private let saturation: SaturationTable

  /// 2^14 rows at most are a window, so that their scores stay in a fast cache; fewer where there
  /// would be only few windows.
  private let windowShift: Int
  /// A window of a restricted search is not added up when it holds fewer rows than this.
  private static let sparse = 64

  init(bm25: BM25, lengths: AlignedArray<UInt32>) {
    (self.bm25, self.lengths) = (bm25, lengths)
    let (k1, b) = (bm25.parameters.k1, bm25.parameters.b)
    let bits = Int.bitWidth - lengths.count.leadingZeroBitCount
    windowShift = min(14, max(10, bits - 6))
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
    let windows = try terms.map { term in
      try WindowBounds(term, shift: windowShift, slack: slack, saturation)
    }
    var best = ScoreCollector(limit: limit, slack: slack)
    var forecast = CandidateForecast(terms: terms.count)
    let scores = RowScores(size: 1 << windowShift)
    for window in WindowBounds.order(windows) {
      // From here on all bounds are lower.
      if window.bound < best.cut { break }
      let start = window.index << windowShift
      scores.begin(start..<min(start + 1 << windowShift, lengths.count))
      if let rows, !rows.touches(scores.rows) { continue }
      let parts = windows.enumerated().compactMap { $1.part(in: window.index, of: $0) }
      try findCandidates(parts, cut: best.cut, scores, &forecast, within: rows)
      for index in 0..<scores.count {
        let (row, score) = scores.candidate(index)
        if rows?.contains(row) != false { best.offer(row, score) }
      }
    }
    return try exact(limit, best, terms)
  }

  /// Leaves the rows of the window that reach the cut.
  private func findCandidates(
    _ parts: [WindowBounds.Part], cut: Float, _ scores: RowScores,
    _ forecast: inout CandidateForecast, within rows: RowSet?
  ) throws {
    // For each term, what it and all later ones can add; 0 behind the last.
    var rest = [Float](repeating: 0, count: parts.count + 1)
    for index in parts.indices.reversed() { rest[index] = rest[index + 1] + parts[index].bound }
    var first = 0
    if let rows, rows.count(in: scores.rows) < Self.sparse {
      rows.forEach(in: scores.rows) { scores.append($0) }
    } else {
      while first < parts.count,
        rest[first] >= cut || forecast.favoursAdding(parts[first])
      {
        let part = parts[first]
        try part.postings.add(part.weight, to: scores, from: part.block, saturation)
        first += 1
      }
      scores.collect(cut: cut - rest[first])
      if first < parts.count { forecast.note(scores.count, before: parts[first]) }
    }
    for (index, part) in parts.enumerated().dropFirst(first) where scores.count > 0 {
      try part.postings.complete(
        part.weight, scores, from: part.block, cut: cut - rest[index + 1], saturation)
    }
  }

  private func exact(
    _ limit: Int, _ best: ScoreCollector, _ terms: [TermCursor]
  ) throws -> [Hit] {
    for term in terms { term.postings.rewind() }
    var hits = TopHits(limit: limit)
    for row in best.rows.sorted() {
      let score = try terms.reduce(0) { try $0 + $1.score(of: row, self) }
      hits.offer(Hit(row: row, score: Float(score)))
    }
    return hits.sorted()
  }
}
