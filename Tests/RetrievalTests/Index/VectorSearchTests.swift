import Retrieval
import Tensors
import Testing

struct VectorSearchTests {
  private func naive(_ query: [Float], _ passages: [Passage]) -> [(row: Int, score: Double)] {
    passages.enumerated().map { row, passage in
      let products = zip(query, Toy.encode([passage])).map { Double($0) * Double($1) }
      return (row, products.reduce(0, +))
    }.sorted { $0.score > $1.score }
  }

  @Test func oneAndManyQueriesAgreeWithTheSumOfProducts() throws {
    let passages = Toy.passages(2500)
    let index = TemporaryIndex()
    try index.build(passages, settings: Toy.settings, encoder: Toy.encode)
    let open = try index.open()
    var random = SplitMix64(seed: 11)
    let queries = (0..<5).map { _ in (0..<3).map { _ in Float.random(in: -1...1, using: &random) } }
    let batch = try open.dense(queries: queries.flatMap { $0 }, count: 5, top: 20)
    for (query, hits) in zip(queries, batch) {
      let expected = naive(query, passages).prefix(20)
      for found in [hits, try open.dense(query, top: 20)] {
        // Rows may swap only where scores do not differ, so scores are compared rank by rank.
        let differences = zip(found, expected).map { abs(Double($0.score) - $1.score) }
        #expect(differences.count == 20)
        #expect(differences.max() ?? 1 < 1e-6)
      }
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

  @Test func indexWithoutVectorsSaysSo() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3))
    let open = try index.open()
    #expect(error { try open.dense([1], top: 1) }?.what == "the index has no vectors")
  }
}
