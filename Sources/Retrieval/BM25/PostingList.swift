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
package struct PostingList: Sendable {
  package static let blockSize = PostingCursor.blockSize

  /// Passages that hold the term.
  package let documentFrequency: Int
  private let bytes: PostingBytes
  private let limit: Int

  /// Copies an encoded list.
  ///
  /// - Parameter count: passages in the index; rows must lie below it.
  /// - Throws: `DamagedPostings` when its table is damaged.
  package init(_ list: RawSpan, count: Int) throws(DamagedPostings) {
    bytes = PostingBytes(list)
    limit = count
    documentFrequency = try PostingCursor(bytes, limit: limit).documentFrequency
  }

  /// A way through the list from its beginning, whose bounds hold at an average length.
  package func cursor(averageLength: Double) throws(DamagedPostings) -> PostingCursor {
    let cursor = try PostingCursor(bytes, limit: limit)
    if let code = cursor.reference {
      cursor.setBounds(
        factor: ReferenceLength(code: code).factor(averageLength: averageLength))
    }
    return cursor
  }

  /// All postings from a block on.
  package func postings(from first: Int = 0) throws(DamagedPostings) -> Postings {
    let cursor = try PostingCursor(bytes, limit: limit)
    var postings = Postings()
    for index in first..<cursor.blockCount {
      let block = try cursor.block(index)
      postings.rows += block.rows
      postings.frequencies += block.frequencies
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
    precondition(!postings.rows.isEmpty, "expected at least one posting, found none")
    var blocks = PostingBlocks()
    blocks.append(postings, behind: nil, lengths, bm25)
    return encode(blocks, count: postings.rows.count, ReferenceLength(near: bm25.averageLength))
  }

  /// The same for the list's postings and more behind them, of which whole blocks stay as they are.
  ///
  /// - Throws: `DamagedPostings` when the list is damaged or reaches beyond the new rows.
  package func encode(
    adding postings: Postings, lengths: [UInt32], bm25: BM25
  ) throws(DamagedPostings) -> Data {
    let cursor = try PostingCursor(bytes, limit: limit)
    let reference = ReferenceLength(near: bm25.averageLength)
    // Bounds that hold at another average length would be too high for the new one.
    let kept = cursor.reference == reference.code ? documentFrequency / Self.blockSize : 0
    var blocks = try cursor.encodedBlocks(kept)
    let last = blocks.lastRow
    var rest = try self.postings(from: kept)
    if let last = rest.rows.last ?? last, let first = postings.rows.first, last >= first {
      throw DamagedPostings()
    }
    rest.rows += postings.rows
    rest.frequencies += postings.frequencies
    blocks.append(rest, behind: last, lengths, bm25)
    return Self.encode(blocks, count: documentFrequency + postings.rows.count, reference)
  }

  private static func encode(
    _ blocks: PostingBlocks, count: Int, _ reference: ReferenceLength
  ) -> Data {
    var list = variableLength(count)
    if blocks.bounds.count > 1 {
      list.append(reference.code)
      list += blocks.lastRows + blocks.offsets + blocks.bounds
    }
    return Data(list + blocks.bytes)
  }

  private static func variableLength(_ number: Int) -> [UInt8] {
    number < 0x80
      ? [UInt8(number)] : [UInt8(number & 0x7F) | 0x80] + variableLength(number >> 7)
  }
}

extension PostingBlocks {
  /// The last row of the last block.
  fileprivate var lastRow: UInt32? {
    lastRows.isEmpty
      ? nil : lastRows.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Encodes postings behind those that it holds in whole blocks.
  ///
  /// - Parameter row: the last of these.
  fileprivate mutating func append(
    _ postings: Postings, behind row: UInt32?, _ lengths: [UInt32], _ bm25: BM25
  ) {
    let bounding = BM25(
      parameters: bm25.parameters, count: bm25.count,
      averageLength: ReferenceLength(near: bm25.averageLength).length)
    var next = row.map { $0 + 1 } ?? 0
    for start in stride(from: 0, to: postings.rows.count, by: PostingList.blockSize) {
      let block = start..<min(start + PostingList.blockSize, postings.rows.count)
      offsets += UInt32(bytes.count).littleEndianBytes
      pack(block, of: postings, from: next)
      let last = postings.rows[block.upperBound - 1]
      lastRows += last.littleEndianBytes
      next = last + 1
      let maximum = block.reduce(0) { maximum, index in
        let length = lengths[Int(postings.rows[index])]
        return max(
          maximum, bounding.saturation(termFrequency: postings.frequencies[index], length: length))
      }
      bounds.append(UInt8(min(255, (255 * maximum).rounded(.up))))
    }
  }

  private mutating func pack(_ block: Range<Int>, of postings: Postings, from next: UInt32) {
    var next = next
    let gaps = postings.rows[block].map { row in
      defer { next = row + 1 }
      return row - next
    }
    let counts = postings.frequencies[block].map { $0 - 1 }
    let rowWidth = BitPacking.width(of: gaps.max() ?? 0)
    let frequencyWidth = BitPacking.width(of: counts.max() ?? 0)
    bytes += [UInt8(rowWidth), UInt8(frequencyWidth)]
    BitPacking.pack(gaps, width: rowWidth, to: &bytes)
    BitPacking.pack(counts, width: frequencyWidth, to: &bytes)
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

  /// How much smaller m may be at another average length than at this one, where a saturation is
  /// 1 / (1 + m) with m = k1 ((1 − b) + b · length / average) / tf.
  ///
  /// Where the average grows by a factor, m shrinks by no more than that; where it falls, m grows.
  func factor(averageLength: Double) -> Double { min(1, length / averageLength) }
}
