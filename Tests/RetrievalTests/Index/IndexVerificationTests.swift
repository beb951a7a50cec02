import Foundation
import GRDB
import Retrieval
import Tensors
import Testing

struct IndexVerificationTests {
  private func build() throws -> TemporaryIndex {
    let index = TemporaryIndex()
    try index.build(Toy.passages(40), settings: Toy.settings, encoder: Toy.encode)
    return index
  }

  private func problems(_ index: TemporaryIndex) throws -> [String] {
    try index.open().verify().filter { $0.problem != nil }.map(\.name)
  }

  private func flip(_ path: String, at offset: Int) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    data[offset] ^= 1
    try data.write(to: URL(filePath: path))
  }

  @Test func flippedByteOfTheVectorsIsFound() throws {
    let index = try build()
    try flip(index.vectors, at: 64 + 17)
    #expect(try problems(index) == ["vectors"])
  }

  @Test func flippedLetterOfAPassageIsFound() throws {
    let index = try build()
    let data = try Data(contentsOf: URL(filePath: index.database))
    let place = try #require(data.range(of: Data("text number 17".utf8)))
    try flip(index.database, at: place.lowerBound)
    #expect(try problems(index) == ["passages"])
  }

  @Test(arguments: [
    ("UPDATE lengths SET list = zeroblob(160)", ["counts", "lengths"]),
    ("UPDATE postings SET list = zeroblob(9) WHERE term = 3", ["postings"]),
    ("DELETE FROM postings WHERE term = 3", ["counts", "postings"]),
    ("DELETE FROM passages WHERE row = 5", ["counts", "passages"]),
  ])
  func changedTablesAreFound(sql: String, expected: [String]) throws {
    let index = try build()
    let queue = try DatabaseQueue(path: index.database)
    try queue.write { db in try db.execute(sql: sql) }
    try queue.close()
    #expect(try problems(index) == expected)
  }

  @Test(arguments: [0, 10, 64, 100, 64 + 40 * 12 - 1])
  func cutOffVectorsAreNotOpened(length: Int) throws {
    let index = try build()
    let data = try Data(contentsOf: URL(filePath: index.vectors))
    try data.prefix(length).write(to: URL(filePath: index.vectors))
    #expect(error { try index.open() }?.kind == .damaged)
  }

  @Test func missingVectorsAreNotOpened() throws {
    let index = try build()
    try FileManager.default.removeItem(atPath: index.vectors)
    #expect(error { try index.open() }?.kind == .damaged)
  }

  @Test func damagedPostingsAreReportedNotFollowed() throws {
    let index = try build()
    let queue = try DatabaseQueue(path: index.database)
    try queue.write { db in try db.execute(sql: "UPDATE postings SET list = x'01'") }
    try queue.close()
    #expect(error { try index.open().bm25("number", top: 3) }?.kind == .damaged)
  }

  /// Bytes anywhere in the database may be wrong: opening, searching and verifying still return.
  /// (Damage to bytes that SQLite does not use is none.)
  @Test func randomDamageNeverTraps() throws {
    let index = try build()
    let whole = try Data(contentsOf: URL(filePath: index.database))
    var random = SplitMix64(seed: 2)
    var found = 0
    for _ in 0..<60 {
      var data = whole
      for _ in 0..<20 {
        data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      try data.write(to: URL(filePath: index.database))
      guard let open = try? index.open() else { continue }
      _ = try? open.bm25("text number 17 title", top: 10)
      _ = try? open.passages(rows: [0, 39])
      if open.verify().contains(where: { $0.problem != nil }) { found += 1 }
    }
    #expect(found > 0)
  }
}
