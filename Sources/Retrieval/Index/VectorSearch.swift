import Native

extension PassageIndex {
  /// The best `top` passages by dot product with a query vector.
  ///
  /// - Throws: `IndexError` when the index has no vectors.
  /// - Requires: a query of the index's dimension.
  package func dense(_ query: [Float], top: Int) throws -> [Hit] {
    let vectors = try requireVectors()
    precondition(
      query.count == vectors.dimension,
      "expected a query of \(vectors.dimension) floats, found \(query.count)")
    return vectors.search(query, top: top)
  }

  /// The best passages for each of several query vectors; faster than one after the other.
  ///
  /// Sums are taken in another order than for one query, so scores may differ in the last digits.
  /// - Shapes: queries `[count, dimension]`, row-major.
  package func dense(queries: [Float], count: Int, top: Int) throws -> [[Hit]] {
    let vectors = try requireVectors()
    precondition(
      queries.count == count * vectors.dimension,
      "expected \(count) queries of \(vectors.dimension) floats, found \(queries.count) floats")
    return vectors.search(queries, count: count, top: top)
  }

  /// The vector of a row.
  package func vector(row: Int) throws -> [Float] {
    try requireVectors().vector(row: row)
  }

  private func requireVectors() throws -> VectorFile {
    if let vectors { return vectors }
    throw IndexError(
      .mismatch, "the index has no vectors", path: path,
      hint: "search with BM25, or index again with an encoder")
  }
}

extension VectorFile {
  /// Rows whose scores are computed before they are looked at: they stay in the fast caches.
  private static let blockRows = 1024

  /// The rows with the largest dot products.
  func search(_ query: [Float], top: Int) -> [Hit] {
    let parts = mapBlocks { rows, hits in
      var scores = [Float](repeating: 0, count: rows.count)
      let floats = file.floats(at: offset(ofRow: rows.lowerBound), count: rows.count * dimension)
      DotProducts.rows(of: floats, times: query, into: &scores)
      offer(scores[...], rows, to: &hits[0])
    } makeHits: {
      [TopHits(limit: top)]
    }
    return merge(parts, query: 0, top: top)
  }

  /// The same for each of `count` queries.
  func search(_ queries: [Float], count queryCount: Int, top: Int) -> [[Hit]] {
    let parts = mapBlocks { rows, hits in
      var scores = [Float](repeating: 0, count: queryCount * rows.count)
      let floats = file.floats(at: offset(ofRow: rows.lowerBound), count: rows.count * dimension)
      BLAS.multiply(
        MatrixView(queries.span, rows: queryCount, columns: dimension),
        MatrixView(floats, rows: rows.count, columns: dimension), transposingB: true,
        into: &scores)
      for query in 0..<queryCount {
        offer(scores[(query * rows.count)..<((query + 1) * rows.count)], rows, to: &hits[query])
      }
    } makeHits: {
      [TopHits](repeating: TopHits(limit: top), count: queryCount)
    }
    return (0..<queryCount).map { merge(parts, query: $0, top: top) }
  }

  private func offer(_ scores: ArraySlice<Float>, _ rows: Range<Int>, to hits: inout TopHits) {
    var threshold = hits.threshold
    for (row, score) in zip(rows, scores) {
      if let threshold, score <= threshold { continue }
      hits.offer(Hit(row: row, score: score))
      threshold = hits.threshold
    }
  }

  /// Runs `body` over all blocks of rows, divided among threads; one result per thread's share.
  private func mapBlocks(
    _ body: @Sendable (_ rows: Range<Int>, _ hits: inout [TopHits]) -> Void,
    makeHits: @Sendable () -> [TopHits]
  ) -> [[TopHits]] {
    let blocks = (count + Self.blockRows - 1) / Self.blockRows
    let shares = min(blocks, 4 * Parallel.threads)
    return Parallel.map(shares) { share in
      var hits = makeHits()
      for block in (share * blocks / shares)..<((share + 1) * blocks / shares) {
        let start = block * Self.blockRows
        body(start..<min(start + Self.blockRows, count), &hits)
      }
      return hits
    }
  }

  private func merge(_ parts: [[TopHits]], query: Int, top: Int) -> [Hit] {
    var best = TopHits(limit: top)
    for part in parts {
      for hit in part[query].sorted() { best.offer(hit) }
    }
    return best.sorted()
  }
}
