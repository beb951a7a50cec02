import Foundation
import Native

/// How passages are counted where some were removed.
///
/// Tables and vectors keep a passage at its place, also when others are removed. To everybody else
/// a passage's row is its number among those that are left, as if the others had never been there.
package struct RowNumbers: Equatable, Sendable {
  /// Places in the tables, those of removed passages included.
  package let places: Int
  /// A bit for each place that holds no passage any more.
  private var removed: [UInt64]
  /// Passages before the first place of each word.
  private var before: [Int]

  /// - Parameter removed: what `data` gave; nothing where no passage was removed.
  /// - Returns: nil when it does not go with so many places.
  init?(places: Int, removed data: Data) {
    let words = (places + 63) / 64
    guard data.isEmpty || data.count == 8 * words else { return nil }
    let bytes = data.bytes
    var removed: [UInt64] = []
    for word in 0..<(data.isEmpty ? 0 : words) {
      removed.append(bytes.integer(at: 8 * word, as: UInt64.self))
    }
    if let last = removed.last, places % 64 != 0, last >> UInt64(places % 64) != 0 { return nil }
    self.init(places: places, removed: removed)
  }

  init(places: Int, removed: [UInt64]) {
    self.places = places
    self.removed = removed
    before = []
    var count = 0
    for (index, word) in removed.enumerated() {
      before.append(count)
      count += min(64, places - 64 * index) - word.nonzeroBitCount
    }
    self.count = removed.isEmpty ? places : count
  }

  /// Passages that are left.
  package let count: Int

  /// Whether every place holds a passage.
  package var areDense: Bool { count == places }

  /// The same without the passages at some more places.
  func removing(_ gone: [Int]) -> RowNumbers {
    var words =
      removed.isEmpty ? [UInt64](repeating: 0, count: (places + 63) / 64) : removed
    for place in gone { words[place / 64] |= 1 << UInt64(place % 64) }
    return RowNumbers(places: places, removed: words)
  }

  /// The same with some more places behind, which hold passages.
  func adding(_ more: Int) -> RowNumbers {
    let words = (places + more + 63) / 64
    let added = removed.isEmpty ? [] : [UInt64](repeating: 0, count: words - removed.count)
    return RowNumbers(places: places + more, removed: removed + added)
  }

  var data: Data { Data(removed.flatMap(\.littleEndianBytes)) }

  /// Whether a place holds a passage.
  func holds(_ place: Int) -> Bool {
    removed.isEmpty || removed[place / 64] & 1 << UInt64(place % 64) == 0
  }

  /// - Requires: a place that holds a passage.
  package func row(at place: Int) -> Int {
    if removed.isEmpty { return place }
    let gone = removed[place / 64] & (1 << UInt64(place % 64) - 1)
    return before[place / 64] + place % 64 - gone.nonzeroBitCount
  }

  /// - Requires: a row below `count`.
  package func place(of row: Int) -> Int {
    if removed.isEmpty { return row }
    // The last word that begins with at most `row` passages before it and is not empty.
    var (low, high) = (0, before.count)
    while low < high {
      let middle = (low + high) / 2
      if before[middle] <= row { low = middle + 1 } else { high = middle }
    }
    var word = ~removed[low - 1]
    for _ in 0..<(row - before[low - 1]) { word &= word - 1 }
    return 64 * (low - 1) + word.trailingZeroBitCount
  }

  /// The places that hold a passage; nil where all do.
  var live: RowSet? {
    if areDense { return nil }
    var words = removed.map { ~$0 }
    if places % 64 != 0 { words[words.count - 1] &= 1 << UInt64(places % 64) - 1 }
    return RowSet(words: words)
  }

  /// The places of some rows.
  func places(of rows: RowSet) -> RowSet {
    areDense ? rows : RowSet(rows.rows.lazy.map { place(of: $0) }, of: places)
  }
}
