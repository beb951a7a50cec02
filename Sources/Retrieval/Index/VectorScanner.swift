import Native
import Synchronization

/// Scores the rows of a vector file for a few queries and keeps the best.
struct VectorScanner: Sendable {
  /// Rows whose scores are computed before they are looked at: they stay in the fast caches.
  static let blockRows = 256
  /// Rows that a block may hold of a restricted search's for each one that it must score alone.
  private static let sparse = 4

  private let file: VectorFile
  private let queries: FloatQueries
  /// For rows that are scanned by their coarse bytes.
  private let integers: ByteQueries?
  private let allowed: RowSet?

  init(_ file: VectorFile, _ queries: [Float], count: Int, within rows: RowSet?) {
    self.file = file
    self.queries = FloatQueries(queries, count: count, width: file.dimension)
    integers =
      file.storage == .int8
      ? ByteQueries(queries, count: count, width: file.dimension) : nil
    allowed = rows
  }

  /// Offers the rows of a block whose scores reach the thresholds.
  ///
  /// - Requires: rows of one block of the file.
  func run(
    _ rows: Range<Int>, _ thresholds: [Float], _ scores: inout [Float], _ best: inout [TopHits]
  ) {
    prefetch(behind: rows)
    for part in parts(of: rows) {
      if scores.count < queries.count * part.count {
        scores = [Float](repeating: 0, count: queries.count * part.count)
      }
      scan(part, &scores)
      for query in 0..<queries.count {
        let places = VectorScan.select(
          scores, (query * part.count)..<((query + 1) * part.count), atLeast: thresholds[query])
        for place in places.map({ Int($0) }) {
          let row = part.lowerBound + place
          if let allowed, !allowed.contains(row) { continue }
          offer(row, scores[query * part.count + place], query, &best[query])
        }
      }
    }
  }

  /// What of a block is scanned: all of it, or the few rows that may rank.
  private func parts(of rows: Range<Int>) -> [Range<Int>] {
    guard let allowed else { return [rows] }
    let runs = allowed.runs(in: rows)
    let count = runs.reduce(0) { $0 + $1.count }
    return Self.sparse * count > rows.count ? [rows] : runs
  }

  /// Scores of rows, or, where there are only coarse bytes, upper bounds.
  private func scan(_ rows: Range<Int>, _ scores: inout [Float]) {
    let (layout, mapped) = (file.layout, file.bytes)
    let bytes = mapped.bytes
    func column(_ index: Int) -> Range<Int> { layout.range(rows: rows, column: index) }
    if let integers {
      VectorScan.bound(
        coarse: bytes.extracting(column(2)), scales: bytes.extracting(column(0)),
        errors: bytes.extracting(column(1)), count: rows.count, integers, into: &scores)
    } else {
      VectorScan.score(
        bytes.extracting(column(0)), file.storage == .float32 ? .float32 : .float16,
        count: rows.count, queries, into: &scores)
    }
  }

  private func offer(_ row: Int, _ score: Float, _ query: Int, _ best: inout TopHits) {
    guard integers != nil else { return best.offer(Hit(row: row, score: score)) }
    if let threshold = best.threshold, score < threshold { return }
    let exact = VectorScan.score(file.vector(row: row), queries, query: query)
    best.offer(Hit(row: row, score: exact))
  }

  /// Asks for the coarse bytes of later blocks where the file is larger than memory.
  private func prefetch(behind rows: Range<Int>) {
    guard integers != nil, file.exceedsMemory, rows.lowerBound % file.layout.blockRows == 0 else {
      return
    }
    let next = rows.lowerBound + 8 * file.layout.blockRows
    guard next < file.count else { return }
    let block = next..<min(next + file.layout.blockRows, file.count)
    for column in 0..<3 { file.bytes.prefetch(file.layout.range(rows: block, column: column)) }
  }
}

/// For each query a score that the final ranking's last hit reaches at least, shared by threads.
final class SharedBounds: Sendable {
  private let bounds: Mutex<[Float]>

  init(count: Int) { bounds = Mutex([Float](repeating: -.infinity, count: count)) }

  /// Takes in what one thread has found and gives what all have found.
  func exchange(_ best: [TopHits]) -> [Float] {
    bounds.withLock { bounds in
      for (query, hits) in best.enumerated() {
        if let threshold = hits.threshold, threshold > bounds[query] { bounds[query] = threshold }
      }
      return bounds
    }
  }
}
