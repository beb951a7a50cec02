import Foundation
import Retrieval
import Tensors
import Testing

/// Bytes that change on the disk are found, or change nothing that anyone can see.
struct DamageTests {
  private func build() throws -> TemporaryIndex {
    let index = TemporaryIndex()
    try index.build(
      zipfPassages(300, words: 120, longest: 30, seed: 6), settings: Toy.storing(.int8),
      encoder: Toy.encode)
    try IndexRemoval.remove(ids: ["7", "133"], path: index.path)
    return index
  }

  @Test func everyFlippedByteIsFoundOrHarmless() throws {
    let index = try build()
    let whole = try index.open()
    let info = whole.info
    let comparison = IndexComparison(queries: ["w1 w2", "w7 w30 w31"])
    var random = SplitMix64(seed: 5)
    for file in [index.database, index.vectors] {
      let data = try Data(contentsOf: URL(filePath: file))
      var found = 0
      for _ in 0..<120 {
        var damaged = data
        let place = Int.random(in: 0..<data.count, using: &random)
        damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        try damaged.write(to: URL(filePath: file))
        guard let open = try? index.open(), open.verify().allSatisfy({ $0.problem == nil }) else {
          found += 1
          continue
        }
        #expect(open.info == info, "byte \(place) of \(file)")
        try comparison.expectEqual(open, whole)
      }
      #expect(found > 30)
      try data.write(to: URL(filePath: file))
    }
  }

  @Test(arguments: [0, 1, 99, 100, 1000, 4096, 20_000]) func cutOffDatabasesAreRefused(
    length: Int
  ) throws {
    let index = try build()
    let data = try Data(contentsOf: URL(filePath: index.database))
    try #require(length < data.count)
    try data.prefix(length).write(to: URL(filePath: index.database))
    let opened = error {
      guard try index.open().verify().allSatisfy({ $0.problem == nil }) else {
        throw IndexError(.damaged, "verify found it", path: index.path)
      }
    }
    #expect(opened?.kind == .damaged)
    let built = error { try index.build(Toy.passages(3)) }
    #expect(built?.kind == .damaged || built?.kind == .mismatch)
  }

  @Test func foreignDraftsAreNamedAndLeftAlone() throws {
    let index = try build()
    let foreign = Data("these notes are nobody's index".utf8)
    try foreign.write(to: URL(filePath: index.draft))
    #expect(try index.open().count == 298)
    let refused = error { try IndexRemoval.remove(ids: ["1"], path: index.path) }
    #expect(refused?.kind == .damaged && refused?.path == index.draft)
    #expect(FileManager.default.contents(atPath: index.draft) == foreign)
  }

  @Test func indexesOfOtherVersionsAreRefusedWithTheRemedy() throws {
    let index = try build()
    try index.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    for refused in [
      error { _ = try index.open() }, error { _ = try index.build(Toy.passages(3)) },
      error { try IndexRemoval.remove(ids: ["1"], path: index.path) },
    ] {
      #expect(refused?.found == "version 1" && refused?.hint?.contains("index again") == true)
    }
  }
}
