import Native

extension PassageIndex {
  /// The best `top` passages by dot product with a query vector.
  ///
  /// - Parameter rows: the rows that may rank; all where there is none.
  /// - Throws: `IndexError` when the index has no vectors.
  /// - Requires: a query of the index's dimension.
  package func dense(_ query: [Float], top: Int, within rows: RowSet? = nil) throws -> [Hit] {
    try dense(queries: query, count: 1, top: top, within: rows)[0]
  }

  /// The best passages for each of several query vectors: the same hits and scores as for one
  /// after the other, and faster.
  ///
  /// - Shapes: queries `[count, dimension]`, row-major.
  package func dense(
    queries: [Float], count: Int, top: Int, within rows: RowSet? = nil
  ) throws -> [[Hit]] {
    let vectors = try requireVectors()
    precondition(
      queries.count == count * vectors.dimension,
      "expected \(count) queries of \(vectors.dimension) floats, found \(queries.count) floats")
    return vectors.search(queries, count: count, top: top, within: places(rows))
      .map { hits in hits.map { Hit(row: numbers.row(at: $0.row), score: $0.score) } }
  }

  /// The vector of a row.
  package func vector(row: Int) throws -> [Float] {
    try requireVectors().vector(row: numbers.place(of: row))
  }

  /// Writes all vectors as a NumPy matrix, in order of rows.
  ///
  /// - Parameter progress: hears how many rows are done; may throw to stop.
  /// - Throws: `IndexError` when the index has no vectors, `FileError` when writing fails.
  package func exportVectors(to path: String, progress: (Int) throws -> Void = { _ in }) throws {
    let vectors = try requireVectors()
    try NumPyMatrix.write(path: path, count: count, dimension: vectors.dimension) { rows in
      try progress(rows.upperBound)
      return rows.flatMap { vectors.vector(row: numbers.place(of: $0)) }
    }
  }

  private func requireVectors() throws -> VectorFile {
    if let vectors { return vectors }
    throw IndexError(
      .mismatch, "the index has no vectors", path: path,
      hint: "search with BM25, or index again with an encoder")
  }
}

extension VectorFile {
  /// The rows with the largest dot products for each of `count` queries, ties by row.
  ///
  /// All rows are scored block by block, divided among threads. A block's scores are compared with
  /// the best threshold that any thread has reached; only those above it go to the heaps.
  package func search(
    _ queries: [Float], count queryCount: Int, top: Int, within rows: RowSet? = nil
  ) -> [[Hit]] {
    let bounds = SharedBounds(count: queryCount)
    let scan = VectorScanner(self, queries, count: queryCount, within: rows)
    let blocks = (count + VectorScanner.blockRows - 1) / VectorScanner.blockRows
    let shares = queryCount == 0 || top == 0 ? 0 : min(blocks, 4 * Parallel.threads)
    let parts = Parallel.map(shares) { share in
      var best = [TopHits](repeating: TopHits(limit: top), count: queryCount)
      var scores: [Float] = []
      for block in (share * blocks / shares)..<((share + 1) * blocks / shares) {
        let start = block * VectorScanner.blockRows
        let rows = start..<min(start + VectorScanner.blockRows, count)
        scan.run(rows, bounds.exchange(best), &scores, &best)
      }
      return best
    }
    return (0..<queryCount).map { query in
      var best = TopHits(limit: top)
      for part in parts {
        for hit in part[query].sorted() { best.offer(hit) }
      }
      return best.sorted()
    }
  }
}
