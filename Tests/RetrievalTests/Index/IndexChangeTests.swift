import Foundation
import Native
import Retrieval
import Tensors
import Testing

/// Any sequence of appends and removals equals a build of what is left.
struct IndexChangeTests {
  @Test(arguments: 0..<6) func anyHistoryEqualsAFreshBuild(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(100 + seed))
    let storage = VectorStorage.allCases[seed % 3]
    let settings = Toy.storing(storage)
    let pool = zipfPassages(900, words: 250, longest: 30, seed: UInt64(seed))
    let index = TemporaryIndex()
    var left: [Passage] = []
    var next = 0
    for step in 0..<7 {
      if step > 0, Bool.random(using: &random), left.count > 1 {
        let share = [0.01, 0.1, 0.4][Int.random(in: 0..<3, using: &random)]
        let gone = Set(
          left.filter { _ in Double.random(in: 0..<1, using: &random) < share }.map(\.id)
            + [left[0].id])
        try IndexRemoval.remove(ids: gone.sorted(), path: index.path)
        left.removeAll { gone.contains($0.id) }
      } else {
        let count = Int.random(in: 1...(step == 0 ? 600 : 80), using: &random)
        let added = Array(pool[next..<min(next + count, pool.count)])
        next += added.count
        try index.build(
          added, settings: settings, append: step > 0, memory: 1, encoder: Toy.encode)
        left += added
        try expectRepetitionChangesNothing(added, of: index, settings)
      }
      let open = try index.open()
      #expect(open.verify().allSatisfy { $0.problem == nil }, "step \(step)")
      let fresh = TemporaryIndex()
      try fresh.build(left, settings: settings, encoder: Toy.encode)
      let queries = (0..<8).map { _ in
        (0..<4).map { _ in zipfWord(250, &random) }.joined(separator: " ")
      }
      try IndexComparison(queries: queries).expectEqual(open, fresh.open())
    }
    #expect(try index.files == ["index.sqlite", "vectors.bin"])
  }

  private func expectRepetitionChangesNothing(
    _ added: [Passage], of index: TemporaryIndex, _ settings: IndexSettings
  ) throws {
    let before = try index.content
    let outcome = try index.build(added, settings: settings, append: true, encoder: Toy.encode)
    #expect(outcome == .alreadyComplete)
    #expect(try index.content == before)
  }

  /// Passages much longer than those before raise the average length, and with it the bounds.
  @Test func rankingsHoldWhenTheAverageLengthGrows() throws {
    let short = zipfPassages(3000, words: 80, longest: 6, seed: 1)
    let long = zipfPassages(400, words: 80, longest: 400, seed: 2).map {
      Passage(id: "long\($0.id)", title: "", text: $0.text)
    }
    let (index, fresh) = (TemporaryIndex(), TemporaryIndex())
    try index.build(short)
    try index.build(long, append: true)
    try fresh.build(short + long)
    let queries = (1..<20).map { "w\($0) w\(2 * $0) w\(3 * $0)" }
    try IndexComparison(queries: queries).expectEqual(index.open(), fresh.open())
  }

  @Test(arguments: [(1, 1), (1, 4), (1 << 30, 3)])
  func tablesDependOnNeitherMemoryNorThreads(memory: Int, threads: Int) throws {
    let passages = zipfPassages(20_000, words: 9000, longest: 12, seed: 4)
    let (once, again) = (TemporaryIndex(), TemporaryIndex())
    try once.build(passages, memory: 256 << 20)
    let before = Parallel.threads
    defer { Parallel.threads = before }
    Parallel.threads = threads
    try again.build(passages, memory: memory)
    #expect(try again.open().info == once.open().info)
  }
}
