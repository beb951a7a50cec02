import Retrieval
import Tensors
import Testing

struct PassageFilterTests {
  private func build() throws -> TemporaryIndex {
    let index = TemporaryIndex()
    try index.build(Toy.passages(20))
    return index
  }

  @Test func filtersNarrowEachOther() throws {
    let index = try build()
    let open = try index.open()
    func rows(_ filter: PassageFilter) throws -> [Int]? {
      try open.rows(filter)?.runs(in: 0..<20).flatMap { Array($0) }
    }
    #expect(try rows(PassageFilter()) == nil)
    #expect(try rows(PassageFilter(titles: ["Title 2"])) == [2, 7, 12, 17])
    #expect(try rows(PassageFilter(ids: ["p7", "p3"])) == [3, 7])
    #expect(try rows(PassageFilter(titles: ["Title 2", "Title 3"], ids: ["p7", "p4"])) == [7])
    #expect(try rows(PassageFilter(ids: [])) == [])
  }

  @Test func whatNoPassageHasIsNamed() throws {
    let index = try build()
    let open = try index.open()
    let title = error { try open.rows(PassageFilter(titles: ["title 2"])) }
    #expect(title?.what == "no passage has the title “title 2”")
    let id = error { try open.rows(PassageFilter(ids: ["p3", "x"])) }
    #expect(id?.kind == .mismatch && id?.what == "no passage has the id “x”")
  }

  /// Dense rankings are held to the same in `VectorSearchTests`.
  @Test(arguments: [1, 40, 3000])
  func restrictedBM25EqualsFilteringTheFullRanking(rows: Int) throws {
    let index = TemporaryIndex()
    let count = 9000
    try index.build(
      zipfPassages(count, words: 300, longest: 24, seed: 9),
      settings: IndexSettings(analyzer: .whitespace))
    let open = try index.open()
    var random = SplitMix64(seed: UInt64(rows))
    let kept = RowSet((0..<rows).map { _ in .random(in: 0..<count, using: &random) }, of: count)
    for terms in [1, 3, 12] {
      let query = (0..<terms).map { _ in zipfWord(300, &random) }.joined(separator: " ")
      let expected = try open.bm25(query, top: count).filter { kept.contains($0.row) }
      for top in [1, 10, 1000] {
        let found = try open.bm25(query, top: top, within: kept)
        #expect(found == Array(expected.prefix(top)), "query \(query), top \(top)")
      }
    }
  }

  @Test func runsAreWhatTheSetHolds() {
    let rows = [0, 1, 2, 63, 64, 65, 130, 199]
    let set = RowSet(rows, of: 200)
    #expect(set.count == 8 && set.contains(64) && !set.contains(66))
    #expect(set.runs(in: 0..<200) == [0..<3, 63..<66, 130..<131, 199..<200])
    #expect(set.runs(in: 1..<64) == [1..<3, 63..<64])
    #expect(set.touches(66..<131) && !set.touches(66..<130))
    #expect(set.intersection(RowSet([1, 64, 90], of: 200)) == RowSet([64, 1], of: 200))
  }
}
