import Foundation
import Native
import Retrieval
import Tensors
import Testing

struct PostingListTests {
  private let lengths = [UInt32](repeating: 10, count: 5000)
  private let bm25 = BM25(parameters: BM25Parameters(), count: 5000, averageLength: 10)

  private func postings(_ count: Int) -> Postings {
    var random = SplitMix64(seed: UInt64(count))
    let rows = Array(Set((0..<count).map { _ in UInt32.random(in: 0..<5000, using: &random) }))
    return Postings(
      rows: rows.sorted(),
      frequencies: rows.map { _ in UInt32.random(in: 1...300, using: &random) })
  }

  @Test(arguments: [1, 127, 128, 129, 1000, 5000])
  func decodingReversesEncoding(count: Int) throws {
    let postings = postings(count)
    let data = PostingList.encode(postings, lengths: lengths, bm25: bm25)
    let list = try PostingList(data.bytes, count: 5000)
    #expect(list.documentFrequency == postings.rows.count)
    #expect(try list.postings() == postings)
  }

  /// Cut anywhere, also between blocks; a list of another average length is encoded anew.
  @Test(arguments: [1, 100, 128, 129, 256, 700], [10.0, 20])
  func addingEqualsEncodingAtOnce(cut: Int, average: Double) throws {
    let whole = postings(1000)
    let before = BM25(parameters: bm25.parameters, count: 5000, averageLength: average)
    func part(_ range: Range<Int>) -> Postings {
      Postings(rows: Array(whole.rows[range]), frequencies: Array(whole.frequencies[range]))
    }
    let head = PostingList.encode(part(0..<cut), lengths: lengths, bm25: before)
    let list = try PostingList(head.bytes, count: 5000)
    let rest = part(cut..<whole.rows.count)
    #expect(
      try list.encode(adding: rest, lengths: lengths, bm25: bm25)
        == PostingList.encode(whole, lengths: lengths, bm25: bm25))
    #expect(throws: DamagedPostings.self) {
      try list.encode(adding: part(cut - 1..<cut), lengths: lengths, bm25: bm25)
    }
  }

  /// Three rows, frequencies of 1; no index of so many passages is needed to read them.
  @Test(arguments: [23, 24, 25, 26, 29])
  func gapsOfAnyWidthAreRead(width: Int) throws {
    let gap = UInt32(1) << width - 1
    var bytes: [UInt8] = [3, UInt8(width), 0]
    BitPacking.pack([gap, 5, gap], width: width, to: &bytes)
    let list = try PostingList(Data(bytes).bytes, count: Int(Int32.max))
    #expect(try list.postings().rows == [gap, gap + 6, 2 * gap + 7])
    #expect(throws: DamagedPostings.self) {
      try PostingList(Data(bytes).bytes, count: Int(2 * gap) + 7)
    }
  }

  /// Also once the index has grown and its average length with it.
  @Test(arguments: [10.0, 9.6, 3, 10.4, 25, 1000])
  func boundsHoldForEverySaturationAtAnyAverageLength(average: Double) throws {
    let postings = postings(1000)
    var random = SplitMix64(seed: 4)
    let lengths = (0..<5000).map { _ in UInt32.random(in: 1...40, using: &random) }
    let list = try PostingList(
      PostingList.encode(postings, lengths: lengths, bm25: bm25).bytes, count: 5000)
    let grown = BM25(parameters: bm25.parameters, count: 5000, averageLength: average)
    let table = SaturationTable(
      base: 0.9 * 0.6, slope: 0.9 * 0.4 / average, lengths: AlignedArray(lengths))
    let cursor = try list.cursor(averageLength: average)
    // There are more windows of 64 rows than blocks, and fewer of 1024.
    for shift in [6, 10] {
      let windows = try cursor.bounds(windowShift: shift, table)
      var tightest = 1.0
      for (row, frequency) in zip(postings.rows.map { Int($0) }, postings.frequencies) {
        let saturation = grown.saturation(termFrequency: frequency, length: lengths[row])
        let bound = Double(windows.bounds[row >> shift])
        #expect(saturation <= bound * (1 + 1e-6))
        tightest = min(tightest, bound - saturation)
      }
      #expect(tightest < 0.01)
    }
  }

  /// Damage may go unnoticed here (checksums find it), but it must never trap or leave the index.
  @Test func damagedListsNeverTrapNorLeaveTheIndex() {
    let whole = PostingList.encode(postings(300), lengths: lengths, bm25: bm25)
    var random = SplitMix64(seed: 1)
    var refused = 0
    for round in 0..<2000 {
      var data = whole
      if round % 2 == 0 { data = data.prefix(Int.random(in: 0..<data.count, using: &random)) }
      if !data.isEmpty {
        data[Int.random(in: 0..<data.count, using: &random)] ^= UInt8.random(
          in: 1...255, using: &random)
      }
      do {
        let list = try PostingList(data.bytes, count: 5000)
        let last = Postings(rows: [4999], frequencies: [1])
        _ = try? list.encode(adding: last, lengths: lengths, bm25: bm25)
        let rows = try list.postings().rows
        #expect(rows.allSatisfy { $0 < 5000 } && zip(rows, rows.dropFirst()).allSatisfy(<))
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1000)
  }
}
