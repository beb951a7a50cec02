import Native
import Retrieval
import Tensors
import Testing

struct VectorSearchTests {
  private static let width = 40

  /// Vectors of which some are equal, so that rows decide.
  private static func encode(_ passages: [Passage]) -> [Float] {
    passages.flatMap { passage -> [Float] in
      var random = SplitMix64(seed: UInt64(passage.id.utf8.reduce(0) { $0 * 31 % 1009 + Int($1) }))
      return (0..<width).map { _ in .random(in: -1...1, using: &random) }
    }
  }

  private func build(_ count: Int, _ storage: VectorStorage) throws -> TemporaryIndex {
    let index = TemporaryIndex()
    try index.build(
      Toy.passages(count), settings: Toy.storing(storage, dimension: Self.width), batchSize: 300,
      encoder: Self.encode)
    return index
  }

  private func queries(_ count: Int) -> [Float] {
    var random = SplitMix64(seed: 11)
    return (0..<(count * Self.width)).map { _ in .random(in: -1...1, using: &random) }
  }

  /// Every stored row by itself, then everything sorted.
  private func naive(_ index: PassageIndex, _ query: [Float]) throws -> [Hit] {
    let queries = FloatQueries(query, count: 1, width: Self.width)
    return try (0..<index.count).map { row in
      Hit(row: row, score: VectorScan.score(try index.vector(row: row), queries, query: 0))
    }.sorted(by: precedes)
  }

  @Test(arguments: VectorStorage.allCases)
  func hitsAndScoresAreThoseOfSortingEverything(storage: VectorStorage) throws {
    let index = try build(2500, storage)
    let open = try index.open()
    for count in [1, 2, 5] {
      let queries = queries(count)
      for top in [1, 20, 2000] {
        let batch = try open.dense(queries: queries, count: count, top: top)
        for (place, hits) in batch.enumerated() {
          let query = Array(queries[(place * Self.width)..<((place + 1) * Self.width)])
          #expect(hits == Array(try naive(open, query).prefix(top)))
          #expect(hits == (try open.dense(query, top: top)))
        }
      }
    }
  }

  @Test(arguments: VectorStorage.allCases, [1, 30, 1200])
  func restrictedSearchEqualsFilteringTheFullRanking(storage: VectorStorage, rows: Int) throws {
    let index = try build(1700, storage)
    let open = try index.open()
    var random = SplitMix64(seed: UInt64(rows))
    let kept = RowSet((0..<rows).map { _ in .random(in: 0..<1700, using: &random) }, of: 1700)
    let query = queries(1)
    let expected = try naive(open, query).filter { kept.contains($0.row) }
    #expect(expected.count == kept.count)
    for top in [1, 10, 1700] {
      #expect(try open.dense(query, top: top, within: kept) == Array(expected.prefix(top)))
    }
    #expect(try open.dense(query, top: 5, within: RowSet([], of: 1700)).isEmpty)
  }

  @Test func roundedVectorsScoreNearlyAsExactOnes() throws {
    let query = queries(1)
    func scores(_ storage: VectorStorage) throws -> [Int: Float] {
      let index = try build(600, storage)
      let hits = try index.open().dense(query, top: 600)
      return Dictionary(uniqueKeysWithValues: hits.map { ($0.row, $0.score) })
    }
    let exact = try scores(.float32)
    for storage in [VectorStorage.float16, .int8] {
      let rounded = try scores(storage)
      #expect(exact.allSatisfy { abs($0.value - (rounded[$0.key] ?? .infinity)) < 2e-3 })
      #expect(rounded != exact)
    }
  }

  @Test func askingForMoreThanThereIsGivesWhatThereIs() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3), settings: Toy.settings, encoder: Toy.encode)
    let open = try index.open()
    #expect(Set(try open.dense([1, 2, 3], top: 10).map(\.row)) == [0, 1, 2])
    #expect(try open.dense([1, 2, 3], top: 0).isEmpty)
    #expect(try open.dense(queries: [], count: 0, top: 4).isEmpty)
  }

  @Test func vectorsThatAreNotFiniteNeverRank() throws {
    for storage in VectorStorage.allCases {
      let index = TemporaryIndex()
      try index.build(Toy.passages(3), settings: Toy.storing(storage)) { passages in
        passages.flatMap { passage -> [Float] in [passage.id == "p1" ? .nan : 1, 0, 0] }
      }
      #expect(try index.open().dense([1, 1, 1], top: 5).map(\.row) == [0, 2])
    }
  }

  @Test func indexWithoutVectorsSaysSo() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3))
    let open = try index.open()
    #expect(error { try open.dense([1], top: 1) }?.what == "the index has no vectors")
  }
}
