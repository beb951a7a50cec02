import CKernels

/// An encoded posting list in memory that kernels may read beyond its end.
package final class PostingBytes: Sendable {
  package let count: Int
  // Written once in `init`: safe to share between threads.
  nonisolated(unsafe) fileprivate let base: UnsafeMutablePointer<UInt8>

  package init(_ bytes: RawSpan) {
    count = bytes.byteCount
    base = .allocate(capacity: count + Int(FIRN_POSTING_PADDING))
    bytes.withUnsafeBytes { bytes in
      guard let first = bytes.baseAddress else { return }
      base.initialize(from: first.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
    (base + count).initialize(repeating: 0, count: Int(FIRN_POSTING_PADDING))
  }

  deinit { base.deallocate() }
}

/// A posting list that no build wrote.
package struct DamagedPostings: Error {
  package init() {}
}

/// Encoded blocks of postings, and the columns of the table before them: u32, u32 and u8 a block.
package struct PostingBlocks {
  package var lastRows: [UInt8] = []
  package var offsets: [UInt8] = []
  package var bounds: [UInt8] = []
  package var bytes: [UInt8] = []

  package init() {}

  fileprivate init(lastRows: [UInt8], offsets: [UInt8], bounds: [UInt8], bytes: [UInt8]) {
    (self.lastRows, self.offsets, self.bounds, self.bytes) = (lastRows, offsets, bounds, bytes)
  }
}

/// A way through a posting list; for one thread.
package final class PostingCursor {
  /// Documents of a block.
  package static let blockSize = Int(FIRN_POSTING_BLOCK)

  private let list: PostingBytes
  private let state: UnsafeMutablePointer<firn_postings>

  /// - Parameter limit: what all rows lie below.
  /// - Throws: `DamagedPostings` when the list's table is damaged.
  package init(_ list: PostingBytes, limit: Int) throws(DamagedPostings) {
    self.list = list
    state = .allocate(capacity: 1)
    guard firn_open_postings(state, list.base, list.count, limit) != 0 else {
      throw DamagedPostings()
    }
  }

  deinit { state.deallocate() }

  package var documentFrequency: Int { state.pointee.documents }
  package var blockCount: Int { state.pointee.blocks }

  /// The code of what bounds refer to; nothing where no bounds are stored.
  package var reference: UInt8? { blockCount > 1 ? UInt8(state.pointee.reference) : nil }

  /// Says what stored bounds stand for: bound / (bound + factor · (1 − bound)).
  package func setBounds(factor: Double) {
    firn_set_posting_bounds(state, Float(factor))
  }

  /// The rows of a block and the term's frequencies in them.
  package func block(
    _ index: Int
  ) throws(DamagedPostings) -> (rows: [UInt32], frequencies: [UInt32]) {
    precondition((0..<blockCount).contains(index), "expected a block, found \(index)")
    guard firn_decode_postings(state, index) != 0 else { throw DamagedPostings() }
    let count = min(Self.blockSize, documentFrequency - index * Self.blockSize)
    return (
      withUnsafeBytes(of: &state.pointee.rows) { Array($0.bindMemory(to: UInt32.self)[..<count]) },
      withUnsafeBytes(of: &state.pointee.frequencies) {
        Array($0.bindMemory(to: UInt32.self)[..<count])
      }
    )
  }

  /// The first blocks as they are encoded.
  ///
  /// - Requires: several blocks, or a count of 0.
  package func encodedBlocks(_ count: Int) throws(DamagedPostings) -> PostingBlocks {
    precondition(
      count == 0 || blockCount > 1 && count <= blockCount,
      "expected some of several blocks, found \(count) of \(blockCount)")
    guard count > 0 else { return PostingBlocks() }
    let columns = state.pointee
    func copy(_ start: UnsafePointer<UInt8>, _ count: Int) -> [UInt8] {
      Array(UnsafeBufferPointer(start: start, count: count))
    }
    let rest = list.count - (columns.blocks_start - columns.bytes)
    let next = columns.offsets + 4 * count
    let end = count == blockCount ? rest : copy(next, 4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard end <= rest else { throw DamagedPostings() }
    return PostingBlocks(
      lastRows: copy(columns.last_rows, 4 * count), offsets: copy(columns.offsets, 4 * count),
      bounds: copy(columns.bounds, count), bytes: copy(columns.blocks_start, end))
  }

  /// Goes back to the beginning.
  package func rewind() { state.pointee.block = 0 }

  /// The term's frequency in `row`; 0 where the row does not hold it.
  ///
  /// - Requires: ascending rows from the beginning on.
  package func frequency(in row: Int) throws(DamagedPostings) -> UInt32 {
    let found = firn_find_posting(state, row)
    guard found >= 0 else { throw DamagedPostings() }
    return UInt32(found)
  }

  /// For each window of `1 << shift` rows an upper bound of its saturations, rounding aside, and its
  /// first block; 0 where none of its rows holds the term.
  package func bounds(
    windowShift shift: Int, _ saturation: SaturationTable
  ) throws(DamagedPostings) -> (bounds: [Float], blocks: [Int32]) {
    check(0..<0, saturation)
    let count = (state.pointee.limit - 1) >> shift + 1
    var kernel = saturation.kernel
    var blocks = [Int32](repeating: 0, count: count)
    var isWhole = false
    let bounds = uninitializedFloats(count) { bounds in
      isWhole =
        firn_bound_windows(state, &kernel, Int32(shift), bounds.baseAddress, &blocks) != 0
    }
    guard isWhole else { throw DamagedPostings() }
    return (bounds, blocks)
  }

  /// Adds weight · saturation to the scores of the window's rows that hold the term.
  ///
  /// - Parameter block: the window's first block.
  package func add(
    _ weight: Float, to scores: RowScores, from block: Int, _ saturation: SaturationTable
  ) throws(DamagedPostings) {
    let rows = scores.rows
    check(rows, saturation)
    start(at: block)
    var kernel = saturation.kernel
    guard
      firn_add_postings(state, &kernel, weight, rows.lowerBound, rows.upperBound, scores.scores)
        != 0
    else { throw DamagedPostings() }
  }

  /// The same for the candidates, of which those stay that reach the cut.
  package func complete(
    _ weight: Float, _ candidates: RowScores, from block: Int, cut: Float,
    _ saturation: SaturationTable
  ) throws(DamagedPostings) {
    check(candidates.rows, saturation)
    start(at: block)
    var kernel = saturation.kernel
    candidates.count = firn_complete_postings(
      state, &kernel, weight, cut, candidates.candidates, candidates.found, candidates.count)
    if candidates.count < 0 {
      candidates.begin(candidates.rows)
      throw DamagedPostings()
    }
  }

  private func start(at block: Int) {
    precondition(block >= 0 && block < blockCount, "expected a block, found \(block)")
    state.pointee.block = block
  }

  private func check(_ rows: Range<Int>, _ saturation: SaturationTable) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= saturation.count
        && state.pointee.limit <= saturation.count,
      "expected rows below \(saturation.count), found \(rows)")
  }
}
