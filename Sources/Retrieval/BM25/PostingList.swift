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
///     header   documents: u32
///     table    per block of 128 documents: last row u32, offset into data u32, maximum f32
///     data     per block: width of rows u8, width of frequencies u8, packed rows, packed
///              frequencies; 8 bytes of padding behind the last block
///
/// Rows are stored as the distance to the row before, less one; frequencies less one. A block's
/// maximum is its largest BM25 saturation, rounded up: an upper bound for every document in it.
package struct PostingList {
  package static let blockSize = 128
  private static let headerSize = 4
  private static let entrySize = 12

  let data: Data
  let documentFrequency: Int
  /// The last row of each block.
  let lastRows: [UInt32]
  /// The largest saturation in each block, rounded up.
  package let maxima: [Float]
  private let offsets: [Int]

  /// Reads the table of an encoded list, or nothing if the list is damaged.
  ///
  /// - Parameter count: passages in the index; rows must lie below it.
  package init?(_ data: Data, count: Int) {
    let bytes = data.bytes
    guard bytes.byteCount >= Self.headerSize else { return nil }
    let documents = Int(bytes.integer(at: 0, as: UInt32.self))
    let blocks = (documents + Self.blockSize - 1) / Self.blockSize
    let start = Self.headerSize + blocks * Self.entrySize
    guard documents > 0, bytes.byteCount >= start else { return nil }
    var lastRows: [UInt32] = []
    var maxima: [Float] = []
    var offsets: [Int] = []
    for block in 0..<blocks {
      let entry = Self.headerSize + block * Self.entrySize
      let last = bytes.integer(at: entry, as: UInt32.self)
      guard last < count, block == 0 || last > lastRows[block - 1] else { return nil }
      lastRows.append(last)
      offsets.append(start + Int(bytes.integer(at: entry + 4, as: UInt32.self)))
      maxima.append(Float(bitPattern: bytes.integer(at: entry + 8, as: UInt32.self)))
    }
    self.data = data
    documentFrequency = documents
    self.lastRows = lastRows
    self.maxima = maxima
    self.offsets = offsets
  }

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
    return next - 1 == Int(lastRows[block])
  }

  /// All postings, or nothing if a block is damaged.
  package func postings() -> Postings? {
    var rows = [UInt32](repeating: 0, count: Self.blockSize)
    var frequencies = rows
    var postings = Postings()
    for block in lastRows.indices {
      guard decode(block, rows: &rows, frequencies: &frequencies) else { return nil }
      postings.rows += rows.prefix(blockCount(block))
      postings.frequencies += frequencies.prefix(blockCount(block))
    }
    return postings
  }

  /// Encodes postings.
  ///
  /// - Requires: at least one posting, ascending rows, positive frequencies.
  package static func encode(_ postings: Postings, lengths: [UInt32], bm25: BM25) -> Data {
    let count = postings.rows.count
    precondition(count > 0, "expected at least one posting, found none")
    var table: [UInt8] = []
    var data: [UInt8] = []
    var next: UInt32 = 0
    for start in stride(from: 0, to: count, by: blockSize) {
      let block = start..<min(start + blockSize, count)
      var maximum = 0.0
      var gaps: [UInt32] = []
      for index in block {
        let row = postings.rows[index]
        gaps.append(row - next)
        next = row + 1
        let length = lengths[Int(row)]
        let frequency = postings.frequencies[index]
        maximum = max(maximum, bm25.saturation(termFrequency: frequency, length: length))
      }
      table += (next - 1).littleEndianBytes + UInt32(data.count).littleEndianBytes
      table += roundedUp(maximum).bitPattern.littleEndianBytes
      let counts = postings.frequencies[block].map { $0 - 1 }
      let rowWidth = BitPacking.width(of: gaps.max() ?? 0)
      let frequencyWidth = BitPacking.width(of: counts.max() ?? 0)
      data += [UInt8(rowWidth), UInt8(frequencyWidth)]
      BitPacking.pack(gaps, width: rowWidth, to: &data)
      BitPacking.pack(counts, width: frequencyWidth, to: &data)
    }
    let padding = [UInt8](repeating: 0, count: BitPacking.padding)
    return Data(UInt32(count).littleEndianBytes + table + data + padding)
  }

  private static func roundedUp(_ value: Double) -> Float {
    let rounded = Float(value)
    return Double(rounded) < value ? rounded.nextUp : rounded
  }
}
