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

/// How often terms count in passages of different lengths:
/// frequency / (frequency + base + slope · length).
package struct SaturationTable: Sendable {
  fileprivate let base: Float
  fileprivate let slope: Float
  fileprivate let lengths: AlignedArray<UInt32>

  package init(base: Double, slope: Double, lengths: AlignedArray<UInt32>) {
    (self.base, self.slope, self.lengths) = (Float(base), Float(slope), lengths)
  }

  /// Rows that have a length.
  package var count: Int { lengths.count }

  fileprivate var kernel: firn_saturation {
    firn_saturation(base: base, slope: slope, lengths: lengths.base)
  }
}

/// A way through a posting list, in ascending order of rows; for one thread.
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

  /// Goes back to the beginning.
  package func rewind() { state.pointee.block = 0 }

  /// The term's frequency in `row`; 0 where the row does not hold it.
  package func frequency(in row: Int) throws(DamagedPostings) -> UInt32 {
    let found = firn_find_posting(state, row)
    guard found >= 0 else { throw DamagedPostings() }
    return UInt32(found)
  }

  /// An upper bound of the saturations in a range of rows, rounding aside.
  package func bound(_ rows: Range<Int>, _ saturation: SaturationTable) -> Float {
    check(rows, saturation)
    var kernel = saturation.kernel
    return firn_bound_postings(state, &kernel, rows.lowerBound, rows.upperBound)
  }

  /// Adds weight · saturation to the scores of the window's rows that hold the term.
  package func add(
    _ weight: Float, to scores: RowScores, _ saturation: SaturationTable
  ) throws(DamagedPostings) {
    let rows = scores.rows
    check(rows, saturation)
    var kernel = saturation.kernel
    guard
      firn_add_postings(state, &kernel, weight, rows.lowerBound, rows.upperBound, scores.scores)
        != 0
    else { throw DamagedPostings() }
  }

  /// The same for the candidates, of which those stay that reach the cut.
  package func complete(
    _ weight: Float, _ candidates: RowScores, cut: Float, _ saturation: SaturationTable
  ) throws(DamagedPostings) {
    check(candidates.rows, saturation)
    var kernel = saturation.kernel
    candidates.count = firn_complete_postings(
      state, &kernel, weight, cut, candidates.candidates, candidates.found, candidates.count)
    if candidates.count < 0 {
      candidates.begin(candidates.rows)
      throw DamagedPostings()
    }
  }

  private func check(_ rows: Range<Int>, _ saturation: SaturationTable) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= saturation.count
        && state.pointee.limit <= saturation.count,
      "expected rows below \(saturation.count), found \(rows)")
  }
}
