import Native

/// How the numbers of a vector are stored; raw values are the names that users type.
package enum VectorStorage: String, CaseIterable, Sendable {
  /// As they were computed.
  case float32
  /// Rounded to 11 significant bits, in half the space; scores differ by about 1e-4 of a unit.
  case float16
  /// As 16-bit fixed-point numbers with a scale for each vector, in half the space. One query reads
  /// the upper bytes alone, a quarter of the space, and the lower ones of the few rows that the
  /// upper ones cannot rule out, so that scores are those of all 16 bits.
  case int8

  /// The number that stands for it in a file.
  var code: UInt32 {
    switch self {
    case .float32: 1
    case .float16: 2
    case .int8: 3
    }
  }

  init?(code: UInt32) {
    guard let storage = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = storage
  }
}

/// Where a file of vectors keeps what belongs to each row.
///
/// A row is one or several columns of bytes. Rows come in blocks: a block is the first column of
/// all its rows, then the second, and so on. The last block has room for as many rows as the
/// others, so that a row's place does not depend on how many follow it.
///
///     float32, float16   one column of numbers; one row a block
///     int8               scale, error, coarse bytes, fine bytes (`SplitVectors`); 512 rows a block
struct VectorLayout: Equatable {
  static let headerSize = 64

  let storage: VectorStorage
  let dimension: Int
  /// Bytes of a row in each column.
  let columns: [Int]
  let blockRows: Int

  init(_ storage: VectorStorage, dimension: Int) {
    self.storage = storage
    self.dimension = dimension
    switch storage {
    case .float32: (columns, blockRows) = ([4 * dimension], 1)
    case .float16: (columns, blockRows) = ([2 * dimension], 1)
    case .int8: (columns, blockRows) = ([4, 4, dimension, dimension], 512)
    }
  }

  var rowBytes: Int { columns.reduce(0, +) }

  /// The first byte of what a column holds of a row.
  func offset(row: Int, column: Int) -> Int {
    let place = row % blockRows
    let block = Self.headerSize + (row - place) * rowBytes
    return block + columns[..<column].reduce(0, +) * blockRows + place * columns[column]
  }

  /// The bytes that a column holds of some rows, which must stand side by side.
  func range(rows: Range<Int>, column: Int) -> Range<Int> {
    let start = offset(row: rows.lowerBound, column: column)
    return start..<(start + rows.count * columns[column])
  }

  /// How many rows from `row` on have their columns side by side.
  func contiguousRows(from row: Int) -> Int {
    columns.count == 1 ? .max : blockRows - row % blockRows
  }

  func fileSize(count: Int) -> Int {
    Self.headerSize + (count + blockRows - 1) / blockRows * blockRows * rowBytes
  }

  /// The most rows that a file of some size can hold.
  func capacity(fileSize: Int) -> Int {
    max(0, fileSize - Self.headerSize) / (blockRows * rowBytes) * blockRows
  }
}

/// Rows as they are stored, column by column.
struct StoredVectors {
  let count: Int
  var columns: [[UInt8]]

  /// - Shapes: vectors `[count, dimension]`, row-major.
  init(_ vectors: [Float], _ layout: VectorLayout) {
    count = vectors.count / layout.dimension
    precondition(
      vectors.count == count * layout.dimension,
      "expected vectors of \(layout.dimension) floats, found \(vectors.count) floats")
    switch layout.storage {
    case .float32: columns = [bytes(of: vectors)]
    case .float16: columns = [bytes(of: vectors.map { Float16($0) })]
    case .int8:
      let split = SplitVectors(vectors, width: layout.dimension)
      columns = [
        bytes(of: split.scales), bytes(of: split.errors), bytes(of: split.coarse),
        bytes(of: split.fine),
      ]
    }
  }

  /// Copies of some rows of a file.
  init(rows: [Int], of file: VectorFile) {
    count = rows.count
    let layout = file.layout
    columns = layout.columns.indices.map { column in
      rows.flatMap { file.bytes.copyBytes(layout.range(rows: $0..<($0 + 1), column: column)) }
    }
  }
}
