import Native

/// A flat matrix of vectors on disk: one row-major `[count, dimension]` block behind a header.
///
///     magic "FIRNVEC1" · version u32 · element type u32 · dimension u64 · count u64 · zeros up to
///     byte 64 · floats
///
/// Numbers are little-endian. The count is written last, so an unfinished file says 0.
package struct VectorFile: Sendable {
  static let headerSize = 64
  static let magic: UInt64 = 0x3143_4556_4E52_4946
  static let version: UInt32 = 1
  static let float32: UInt32 = 1

  package let count: Int
  package let dimension: Int
  let file: MappedFile

  /// Maps a vector file.
  ///
  /// - Throws: `IndexError` when the file is missing, another kind of file, or not as long as its
  ///   header says.
  package init(path: String) throws {
    let file = try Self.map(path)
    guard file.count >= Self.headerSize else {
      throw IndexError(
        .damaged, "the vectors are cut off", path: path,
        expected: "at least \(Self.headerSize) bytes", found: "\(file.count)")
    }
    let bytes = file.bytes
    guard bytes.integer(at: 0, as: UInt64.self) == Self.magic,
      bytes.integer(at: 8, as: UInt32.self) == Self.version,
      bytes.integer(at: 12, as: UInt32.self) == Self.float32
    else { throw IndexError(.damaged, "this is not a vector file of Firn", path: path) }
    let dimension = bytes.integer(at: 16, as: UInt64.self)
    let count = bytes.integer(at: 24, as: UInt64.self)
    let (floats, overflow) = dimension.multipliedReportingOverflow(by: count)
    guard !overflow, floats == (file.count - Self.headerSize) / 4, file.count % 4 == 0,
      dimension > 0, dimension <= Int32.max
    else {
      throw IndexError(
        .damaged, "the vectors are cut off", path: path,
        expected: "\(count) vectors of \(dimension) floats", found: "\(file.count) bytes")
    }
    self.count = Int(count)
    self.dimension = Int(dimension)
    self.file = file
  }

  private static func map(_ path: String) throws -> MappedFile {
    do {
      return try MappedFile(path: path)
    } catch {
      throw IndexError(.damaged, "the vectors cannot be read: \(error)", path: path)
    }
  }

  static func header(dimension: Int, count: Int) -> [UInt8] {
    let fields =
      magic.littleEndianBytes + version.littleEndianBytes + float32.littleEndianBytes
      + UInt64(dimension).littleEndianBytes + UInt64(count).littleEndianBytes
    return fields + [UInt8](repeating: 0, count: headerSize - fields.count)
  }

  /// Byte of the file where a row begins.
  func offset(ofRow row: Int) -> Int {
    Self.headerSize + row * dimension * 4
  }

  /// A copy of one row.
  package func vector(row: Int) -> [Float] {
    precondition((0..<count).contains(row), "expected a row below \(count), found \(row)")
    let floats = file.floats(at: offset(ofRow: row), count: dimension)
    return floats.indices.map { floats[$0] }
  }
}

/// Writes a vector file batch by batch.
struct VectorFileWriter {
  private let file: FileWriter
  private let dimension: Int
  private(set) var count: Int

  /// Goes on behind the first `count` vectors of a file, or begins one.
  init(path: String, dimension: Int, count: Int) throws {
    self.dimension = dimension
    self.count = count
    file = try withIndexErrors(path: path) {
      try FileWriter(path: path, length: VectorFile.headerSize + count * dimension * 4)
    }
    try writeHeader(count: 0)
  }

  /// Appends row-major vectors; they are on the disk when this returns.
  mutating func append(_ vectors: [Float]) throws {
    precondition(
      vectors.count % dimension == 0,
      "expected vectors of \(dimension) floats, found \(vectors.count) floats")
    try withIndexErrors(path: file.path) {
      try file.append(vectors)
      try file.synchronize()
    }
    count += vectors.count / dimension
  }

  /// Marks the file as whole.
  func finish() throws {
    try writeHeader(count: count)
  }

  /// Marks the file as whole and puts it in another's place.
  func finish(replacing path: String) throws {
    try finish()
    try withIndexErrors(path: path) { try file.rename(to: path) }
  }

  private func writeHeader(count: Int) throws {
    let header = VectorFile.header(dimension: dimension, count: count)
    try withIndexErrors(path: file.path) {
      try file.overwrite(at: 0, with: header)
      try file.synchronize()
    }
  }
}
