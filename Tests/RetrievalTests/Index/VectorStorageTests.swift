import Foundation
import Retrieval
import Testing

/// Builds and changes of indexes whose vectors are stored in each of the ways.
struct VectorStorageTests {
  struct Interruption: Error {}

  private func build(
    _ passages: [Passage], _ storage: VectorStorage, append: Bool = false,
    into index: TemporaryIndex = TemporaryIndex(), stoppingAfter batches: Int = .max
  ) throws -> TemporaryIndex {
    var left = batches
    try index.build(
      passages, settings: Toy.storing(storage), append: append, batchSize: 200
    ) { batch in
      if left == 0 { throw Interruption() }
      left -= 1
      return Toy.encode(batch)
    }
    return index
  }

  private func expectEqual(_ first: TemporaryIndex, _ second: TemporaryIndex) throws {
    let (one, two) = (try first.open(), try second.open())
    try IndexComparison(queries: ["text 7"]).expectEqual(one, two)
    #expect(one.verify().allSatisfy { $0.problem == nil })
    let bytes = FileManager.default.contents(atPath: first.vectors)
    #expect(bytes == FileManager.default.contents(atPath: second.vectors))
  }

  @Test(arguments: VectorStorage.allCases, [0, 1, 3, 5])
  func interruptedBuildEndsAsAnUninterruptedOne(storage: VectorStorage, batches: Int) throws {
    let passages = Toy.passages(1150)
    let index = TemporaryIndex()
    #expect(throws: Interruption.self) {
      try build(passages, storage, into: index, stoppingAfter: batches)
    }
    #expect(error { try index.open() }?.kind == .unfinished)
    try expectEqual(try build(passages, storage, into: index), try build(passages, storage))
  }

  @Test(arguments: VectorStorage.allCases)
  func appendingAndRemovingEqualAFreshBuild(storage: VectorStorage) throws {
    let passages = Toy.passages(1100)
    let index = try build(Array(passages.prefix(530)), storage)
    _ = try build(Array(passages.dropFirst(530)), storage, append: true, into: index)
    try expectEqual(index, try build(passages, storage))
    let gone = Set((0..<1100).filter { $0 % 3 == 0 }.map { "p\($0)" })
    try IndexRemoval.remove(ids: gone.sorted(), path: index.path)
    try expectEqual(index, try build(passages.filter { !gone.contains($0.id) }, storage))
  }

  @Test(arguments: [
    (VectorStorage.float32, 64 + 600 * 12), (.float16, 64 + 600 * 6),
    (.int8, 64 + 1024 * (8 + 6)),
  ])
  func fileIsAsLargeAsItsLayoutSays(storage: VectorStorage, size: Int) throws {
    let index = try build(Toy.passages(600), storage)
    #expect(FileManager.default.contents(atPath: index.vectors)?.count == size)
    let open = try index.open()
    #expect(open.vectors?.storage == storage && open.info.settings.vectors == storage)
  }

  @Test func anotherStorageIsRefused() throws {
    let index = try build(Toy.passages(3), .int8)
    let other = error { try build(Toy.passages(3), .float16, into: index) }
    #expect(other?.kind == .mismatch && other?.expected == "float16" && other?.found == "int8")
  }

  /// Magic, dimension, checksum, numbers: every byte counts but those behind the last row.
  @Test(arguments: VectorStorage.allCases) func flippedByteIsFound(storage: VectorStorage) throws {
    let index = try build(Toy.passages(5), storage)
    let whole = try Data(contentsOf: URL(filePath: index.vectors))
    for place in 0..<80 {
      var data = whole
      data[place] ^= 1
      try data.write(to: URL(filePath: index.vectors))
      let problems = try? index.open().verify().filter { $0.problem != nil }.map(\.name)
      #expect(problems == nil || problems == ["vectors"], "byte \(place)")
    }
  }

  @Test(arguments: [1, 2, 9]) func otherVersionsAreRefused(version: UInt8) throws {
    let index = try build(Toy.passages(5), .float32)
    var data = try Data(contentsOf: URL(filePath: index.vectors))
    data[8] = version
    try data.write(to: URL(filePath: index.vectors))
    let refused = error { try index.open() }
    #expect(refused?.found == "version \(version)" && refused?.hint?.contains("again") == true)
  }
}
