import Native

/// A flat matrix of vectors on disk, `[count, dimension]`, behind a header.
///
///     magic "FIRNVEC1" · version u32 · storage u32 · dimension u64 · count u64 · SHA-256 of these
///     32 bytes and of the rows · rows (`VectorLayout`)
///
/// Numbers are little-endian. Count and checksum are written last, so an unfinished file says 0,
/// and a file may be longer than it says: an append is under way. Version 2 had a checksum of
/// unused rows too, version 1 none.
package struct VectorFile: Sendable {
  static let magic: UInt64 = 0x3143_4556_4E52_4946
  static let version: UInt32 = 3
  /// The part of the header before the checksum.
  static let fieldsSize = 32
  /// More than any encoder has, and few enough that no sum of products leaves 32 bits.
  private static let largestDimension: UInt64 = 1 << 20

  /// Rows that count; the file may have more.
  package private(set) var count: Int
  package let dimension: Int
  package var storage: VectorStorage { layout.storage }
  let layout: VectorLayout
  let bytes: MappedFile
  /// Whether scans must expect to wait for the disk.
  let exceedsMemory: Bool

  /// Maps a vector file.
  ///
  /// - Parameter memory: bytes of the computer's memory, of which half may well be free.
  /// - Throws: `IndexError` when the file is missing, another kind of file, or not as long as its
  ///   header says.
  package init(path: String, memory: Int = physicalMemory) throws {
    let file = try Self.map(path)
    guard file.count >= VectorLayout.headerSize else {
      throw IndexError(
        .damaged, "the vectors are cut off", path: path,
        expected: "at least \(VectorLayout.headerSize) bytes", found: "\(file.count)")
    }
    let header = file.bytes
    guard header.integer(at: 0, as: UInt64.self) == Self.magic,
      let storage = VectorStorage(code: header.integer(at: 12, as: UInt32.self))
    else { throw IndexError(.damaged, "this is not a vector file of Firn", path: path) }
    let version = header.integer(at: 8, as: UInt32.self)
    guard version == Self.version else {
      throw IndexError(
        .damaged, "the vectors have another format", path: path,
        expected: "version \(Self.version)", found: "version \(version)",
        hint: "delete the folder and index again")
    }
    let dimension = header.integer(at: 16, as: UInt64.self)
    let count = header.integer(at: 24, as: UInt64.self)
    guard dimension > 0, dimension <= Self.largestDimension, count <= UInt64(file.count),
      case let layout = VectorLayout(storage, dimension: Int(dimension)),
      layout.fileSize(count: Int(count)) <= file.count
    else {
      throw IndexError(
        .damaged, "the vectors are cut off", path: path,
        expected: "\(count) vectors of \(dimension) numbers as \(storage)",
        found: "\(file.count) bytes")
    }
    self.count = Int(count)
    self.dimension = Int(dimension)
    self.layout = layout
    bytes = file
    exceedsMemory = file.count > memory / 2
    adviseIfLarge()
  }

  private static func map(_ path: String) throws -> MappedFile {
    do {
      return try MappedFile(path: path)
    } catch {
      throw IndexError(.damaged, "the vectors cannot be read: \(error)", path: path)
    }
  }

  static func fields(_ layout: VectorLayout, count: Int) -> [UInt8] {
    magic.littleEndianBytes + version.littleEndianBytes + layout.storage.code.littleEndianBytes
      + UInt64(layout.dimension).littleEndianBytes + UInt64(count).littleEndianBytes
  }

  /// A copy of one row; what its bytes stand for where it is not stored as it was.
  package func vector(row: Int) -> [Float] {
    precondition((0..<count).contains(row), "expected a row below \(count), found \(row)")
    switch storage {
    case .float32:
      return bytes.copyFloats(
        .float32, at: layout.offset(row: row, column: 0), count: dimension)
    case .float16:
      return bytes.copyFloats(
        .float16, at: layout.offset(row: row, column: 0), count: dimension)
    case .int8:
      let all = bytes.bytes
      let scale = layout.offset(row: row, column: 0)
      return SplitVectors.join(
        coarse: all.extracting(layout.range(rows: row..<(row + 1), column: 2)),
        fine: all.extracting(layout.range(rows: row..<(row + 1), column: 3)),
        scale: Float(bitPattern: all.integer(at: scale, as: UInt32.self)))
    }
  }
}

extension VectorFile {
  /// The checksum that the header states.
  var statedChecksum: String {
    hexadecimal(bytes.copyBytes(Self.fieldsSize..<VectorLayout.headerSize))
  }

  /// The first rows of the file.
  ///
  /// - Requires: no more than there are.
  func prefix(_ count: Int) -> VectorFile {
    precondition(count <= self.count, "expected at most \(self.count) rows, found \(count)")
    var file = self
    file.count = count
    return file
  }

  /// SHA-256 of a header's fields and of rows that a file holds, whatever follows them.
  static func digest(_ bytes: RawSpan, _ layout: VectorLayout, count: Int) -> [UInt8] {
    var hash = SHA256()
    hash.update(fields(layout, count: count))
    let whole = count / layout.blockRows * layout.blockRows
    hash.update(
      bytes.extracting(VectorLayout.headerSize..<layout.offset(row: whole, column: 0)))
    if whole < count {
      for column in layout.columns.indices {
        hash.update(bytes.extracting(layout.range(rows: whole..<count, column: column)))
      }
    }
    return hash.digest()
  }

  /// SHA-256 of the rows that count.
  func checksum() -> String { hexadecimal(Self.digest(bytes.bytes, layout, count: count)) }

  /// A scan reads from front to back, except over split rows, of which it leaves out half.
  private func adviseIfLarge() {
    if exceedsMemory { bytes.advise(storage == .int8 ? .random : .sequential) }
  }
}
