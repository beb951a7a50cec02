import CKernels

/// Frozen numbers of a checkpoint, kept as they are stored and converted piece by piece where they
/// are not floats: no copy of the whole table is ever made.
package struct StoredTable: Sendable {
  private enum Source: Sendable {
    case floats(FloatTable)
    case converted(MappedFile, StoredFloat, offset: Int)
  }

  private let source: Source
  package let count: Int

  package init(_ floats: FloatTable) {
    source = .floats(floats)
    count = floats.count
  }

  /// `count` numbers from byte `offset` of `file` on.
  package init(_ format: StoredFloat, file: MappedFile, offset: Int, count: Int) {
    let isAligned = format == .float32 && offset % 4 == 0
    source =
      isAligned
      ? .floats(FloatTable(file: file, offset: offset, count: count))
      : .converted(file, format, offset: offset)
    self.count = count
  }

  /// What `body` makes of the floats in a range: where they lie if they are stored as floats.
  package func withFloats<Result>(
    _ range: Range<Int>, _ body: (Span<Float>) throws -> Result
  ) rethrows -> Result {
    switch source {
    case .floats(let table):
      let floats = table.span
      return try body(floats.extracting(range))
    case .converted(let file, let format, let offset):
      let floats = file.copyFloats(
        format, at: offset + range.lowerBound * format.width, count: range.count)
      return try body(floats.span)
    }
  }

  /// Lets go of what was touched of a mapped file.
  package func releasePages() {
    switch source {
    case .floats(let table): table.releasePages()
    case .converted(let file, let format, let offset):
      file.releasePages(offset..<offset + format.width * count)
    }
  }

  /// All numbers as an array.
  package func copy() -> [Float] {
    withFloats(0..<count) { floats in floats.withUnsafeBufferPointer { Array($0) } }
  }

  /// The first number that is infinite or none, if there is one.
  package var firstNotFinite: (index: Int, value: Float)? {
    for start in stride(from: 0, to: count, by: 1 << 16) {
      let range = start..<min(start + 1 << 16, count)
      let found = withFloats(range) { floats -> (Int, Float)? in
        // The sum of squares is finite only when every number is; only if not, each is looked at.
        if Kernels.dot(floats, floats).isFinite { return nil }
        return floats.indices.first { !floats[$0].isFinite }.map { (start + $0, floats[$0]) }
      }
      if let found { return found }
    }
    return nil
  }
}

/// Matrices of the same width below each other.
package struct StoredMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  private let tables: [StoredTable]

  package init(_ tables: [StoredTable], columns: Int) {
    precondition(
      tables.allSatisfy { $0.count % columns == 0 },
      "expected rows of \(columns) numbers, found \(tables.map(\.count)) numbers")
    self.tables = tables
    self.columns = columns
    rows = tables.reduce(0) { $0 + $1.count } / columns
  }

  /// Lets go of what was touched of mapped files.
  package func releasePages() { for table in tables { table.releasePages() } }

  /// `body` of `height` rows at a time, fewer at the end, from the top.
  func forEachPanel(_ height: Int, _ body: (_ firstRow: Int, UnsafeBufferPointer<Float>) -> Void) {
    var ahead: [Float] = []
    var first = 0
    for table in tables {
      let count = table.count / columns
      var row = 0
      while row < count {
        // What is left of the table above is filled up before whole panels are taken in place.
        let taken = min(height - ahead.count / columns, count - row)
        let range = row * columns..<(row + taken) * columns
        table.withFloats(range) { floats in
          floats.withUnsafeBufferPointer { floats in
            if taken == height { return body(first, floats) }
            ahead += floats
          }
        }
        row += taken
        if taken == height { first += height }
        if ahead.count == height * columns {
          ahead.withUnsafeBufferPointer { body(first, $0) }
          first += height
          ahead = []
        }
      }
    }
    if !ahead.isEmpty { ahead.withUnsafeBufferPointer { body(first, $0) } }
  }
}
