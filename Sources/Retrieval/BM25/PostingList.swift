import Foundation
import Native

/// Where one term occurs: rows in ascending order with the term's frequency in each.
package struct Postings: Equatable, Sendable {
  package var rows: [UInt32] = []
  package var frequencies: [UInt32] = []

  package init(rows: [UInt32] = [], frequencies: [UInt32] = []) {
    self.rows = rows
    self.frequencies = frequencies
  }
}

/// The encoded form of `Postings`, as one blob per term.
///
///     documents   7 bits a byte, lowest first; all bytes but the last have their top bit set
///     table       only where there is more than one block of 128 documents:
///                 reference u8, then for each block: last row u32; then for each block: where it
///                 begins behind the table u32; then for each block: bound u8
///     blocks      width of rows u8, width of frequencies u8, packed rows, packed frequencies
///
/// Rows are stored as the distance to the row before, less one; frequencies less one. A block's
/// bound is 255 times its largest BM25 saturation, rounded up, at the average length that the
/// reference stands for (`ReferenceLength`), so it does not become invalid when the average does.
package struct PostingList {
  package static let blockSize = 128

  let data: Data
  let documentFrequency: Int
  /// The last row of each block; nothing where there is one block.
  private let lastRows: [UInt32]
  private let offsets: [Int]
  private let reference: ReferenceLength
  private let bounds: [UInt8]
  private let limit: Int

  /// Reads the table of an encoded list, or nothing if the list is damaged.
  ///
  /// - Parameter count: passages in the index; rows must lie below it.
  package init?(_ data: Data, count: Int) {
    let data = data + [UInt8](repeating: 0, count: BitPacking.padding)
    let bytes = data.bytes
    guard let (documents, tableStart) = Self.documents(bytes), documents > 0, documents <= count
    else { return nil }
    let blocks = (documents + Self.blockSize - 1) / Self.blockSize
    self.data = data
    documentFrequency = documents
    limit = count
    guard blocks > 1 else {
      (lastRows, offsets, reference) = ([], [tableStart], ReferenceLength(code: 0))
      bounds = [255]
      return
    }
    let start = tableStart + 1 + 9 * blocks
    guard bytes.byteCount >= start else { return nil }
    reference = ReferenceLength(code: bytes.integer(at: tableStart, as: UInt8.self))
    lastRows = (0..<blocks).map { bytes.integer(at: tableStart + 1 + 4 * $0, as: UInt32.self) }
    offsets = (0..<blocks).map {
      start + Int(bytes.integer(at: tableStart + 1 + 4 * (blocks + $0), as: UInt32.self))
    }
    bounds = (0..<blocks).map { bytes.integer(at: start - blocks + $0, as: UInt8.self) }
    guard zip(lastRows, lastRows.dropFirst()).allSatisfy({ $0 < $1 }), lastRows[blocks - 1] < count
    else { return nil }
  }

  /// The number at the beginning of a list, and where it ends.
  private static func documents(_ bytes: RawSpan) -> (count: Int, end: Int)? {
    var count = 0
    for place in 0..<min(5, bytes.byteCount) {
      let byte = bytes.integer(at: place, as: UInt8.self)
      count |= Int(byte & 0x7F) << (7 * place)
      if byte < 0x80 { return (count, place + 1) }
    }
    return nil
  }

  var blockCount: Int { offsets.count }

  /// The last row of a block, or one that is not below it.
  func lastRow(_ block: Int) -> Int { lastRows.isEmpty ? limit - 1 : Int(lastRows[block]) }

  /// A bound of the saturations in a block.
  package func bound(_ block: Int, averageLength: Double) -> Float {
    reference.bound(bounds[block], averageLength: averageLength)
  }

  /// Documents in a block.
  func blockCount(_ block: Int) -> Int {
    min(Self.blockSize, documentFrequency - block * Self.blockSize)
  }

  /// Decodes a block into the first elements of two arrays of 128; false if it is damaged.
  func decode(_ block: Int, rows: inout [UInt32], frequencies: inout [UInt32]) -> Bool {
    let bytes = data.bytes
    let count = blockCount(block)
    let offset = offsets[block]
    guard offset + 2 <= bytes.byteCount else { return false }
    let rowWidth = Int(bytes.integer(at: offset, as: UInt8.self))
    let frequencyWidth = Int(bytes.integer(at: offset + 1, as: UInt8.self))
    let rowStart = offset + 2
    let frequencyStart = rowStart + BitPacking.byteCount(count, width: rowWidth)
    let end = frequencyStart + BitPacking.byteCount(count, width: frequencyWidth)
    guard rowWidth <= 32, frequencyWidth <= 32, end + BitPacking.padding <= bytes.byteCount
    else { return false }
    BitPacking.unpack(bytes, at: rowStart, width: rowWidth, count: count, into: &rows)
    BitPacking.unpack(
      bytes, at: frequencyStart, width: frequencyWidth, count: count, into: &frequencies)
    var next = block == 0 ? 0 : Int(lastRows[block - 1]) + 1
    for index in 0..<count {
      let row = next + Int(rows[index])
      rows[index] = UInt32(truncatingIfNeeded: row)
      frequencies[index] &+= 1
      next = row + 1
    }
    // Rows only grow, so with the last one right all of them lie inside the index.
    return lastRows.isEmpty ? next <= limit : next - 1 == Int(lastRows[block])
  }

  /// All postings, or nothing if a block is damaged.
  package func postings() -> Postings? {
    var rows = [UInt32](repeating: 0, count: Self.blockSize)
    var frequencies = rows
    var postings = Postings()
    for block in offsets.indices {
      guard decode(block, rows: &rows, frequencies: &frequencies) else { return nil }
      postings.rows += rows.prefix(blockCount(block))
      postings.frequencies += frequencies.prefix(blockCount(block))
    }
    return postings
  }

  /// Encodes postings.
  ///
  /// - Parameters:
  ///   - lengths: terms in each passage, of which those of the postings' rows are read.
  ///   - bm25: the index's parameters and its average length or one near it, which changes the bytes
  ///     little and no ranking.
  /// - Requires: at least one posting, ascending rows, positive frequencies.
  package static func encode(_ postings: Postings, lengths: [UInt32], bm25: BM25) -> Data {
    let count = postings.rows.count
    precondition(count > 0, "expected at least one posting, found none")
    let reference = ReferenceLength(near: bm25.averageLength)
    let bounding = BM25(
      parameters: bm25.parameters, count: bm25.count, averageLength: reference.length)
    var lastRows: [UInt32] = []
    var offsets: [UInt32] = []
    var bounds: [UInt8] = []
    var blocks: [UInt8] = []
    var next: UInt32 = 0
    for start in stride(from: 0, to: count, by: blockSize) {
      let block = start..<min(start + blockSize, count)
      offsets.append(UInt32(blocks.count))
      encode(block, of: postings, from: next, to: &blocks)
      lastRows.append(postings.rows[block.upperBound - 1])
      next = postings.rows[block.upperBound - 1] + 1
      let maximum = block.reduce(0) { maximum, index in
        let length = lengths[Int(postings.rows[index])]
        return max(
          maximum, bounding.saturation(termFrequency: postings.frequencies[index], length: length))
      }
      bounds.append(UInt8(min(255, (255 * maximum).rounded(.up))))
    }
    var list = variableLength(count)
    if bounds.count > 1 {
      list.append(reference.code)
      list += lastRows.flatMap(\.littleEndianBytes) + offsets.flatMap(\.littleEndianBytes) + bounds
    }
    return Data(list + blocks)
  }

  private static func encode(
    _ block: Range<Int>, of postings: Postings, from next: UInt32, to blocks: inout [UInt8]
  ) {
    var next = next
    let gaps = postings.rows[block].map { row in
      defer { next = row + 1 }
      return row - next
    }
    let counts = postings.frequencies[block].map { $0 - 1 }
    let rowWidth = BitPacking.width(of: gaps.max() ?? 0)
    let frequencyWidth = BitPacking.width(of: counts.max() ?? 0)
    blocks += [UInt8(rowWidth), UInt8(frequencyWidth)]
    BitPacking.pack(gaps, width: rowWidth, to: &blocks)
    BitPacking.pack(counts, width: frequencyWidth, to: &blocks)
  }

  private static func variableLength(_ number: Int) -> [UInt8] {
    number < 0x80
      ? [UInt8(number)] : [UInt8(number & 0x7F) | 0x80] + variableLength(number >> 7)
  }
}

/// An average length of passages to which block bounds refer: a power of the eighth root of 2, so
/// that a changing index seldom changes it.
struct ReferenceLength {
  /// 8 log₂ of the length.
  let code: UInt8

  init(code: UInt8) { self.code = code }

  init(near average: Double) {
    code = average > 1 ? UInt8(min(255, (8 * log2(average)).rounded())) : 0
  }

  var length: Double { exp2(Double(code) / 8) }

  /// What a bound of saturations at this average length is at another one.
  ///
  /// A saturation is 1 / (1 + m) with m = k1 ((1 − b) + b · length / average) / tf. Where the average
  /// grows by a factor, m shrinks by no more than that; where it falls, m only grows.
  func bound(_ code: UInt8, averageLength: Double) -> Float {
    let bound = Double(code) / 255
    let factor = min(1, length / averageLength)
    return Float(bound / (bound + factor * (1 - bound))).nextUp
  }
}
