import Retrieval
import Tensors
import Testing

/// What two indexes must agree on that hold the same passages, whatever their history.
struct IndexComparison {
  var queries: [String]

  func expectEqual(_ one: PassageIndex, _ two: PassageIndex) throws {
    let (first, second) = (one.info, two.info)
    #expect(first.settings == second.settings && first.count == second.count)
    #expect(first.vocabularySize == second.vocabularySize)
    #expect(first.termCount == second.termCount)
    guard first.count == second.count else { return }
    let rows = Array(0..<one.count)
    let passages = try one.passages(rows: rows)
    #expect(try passages == two.passages(rows: rows))
    #expect(try passages.map { try one.row(id: $0.id) } == rows)
    for query in queries { try expectEqualRankings(one, two, query, passages) }
    if one.vectors != nil { try expectEqualVectors(one, two) }
  }

  private func expectEqualRankings(
    _ one: PassageIndex, _ two: PassageIndex, _ query: String, _ passages: [Passage]
  ) throws {
    for top in [3, one.count] {
      #expect(try one.bm25(query, top: top) == two.bm25(query, top: top), "\(query)")
    }
    guard let best = try one.bm25(query, top: 1).first else { return }
    #expect(try one.explain(query, row: best.row) == two.explain(query, row: best.row))
    let filter = PassageFilter(
      ids: Set(stride(from: 0, to: one.count, by: 3).map { passages[$0].id }))
    #expect(
      try one.bm25(query, top: 9, within: one.rows(filter))
        == two.bm25(query, top: 9, within: two.rows(filter)))
  }

  private func expectEqualVectors(_ one: PassageIndex, _ two: PassageIndex) throws {
    let dimension = try #require(one.vectors?.dimension)
    for row in 0..<one.count { #expect(try one.vector(row: row) == two.vector(row: row)) }
    var random = SplitMix64(seed: 3)
    let query = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
    #expect(try one.dense(query, top: 7) == two.dense(query, top: 7))
    let odd = RowSet(stride(from: 1, to: one.count, by: 2), of: one.count)
    #expect(try one.dense(query, top: 7, within: odd) == two.dense(query, top: 7, within: odd))
  }
}
