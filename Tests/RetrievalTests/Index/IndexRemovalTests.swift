import Foundation
import Retrieval
import Testing

struct IndexRemovalTests {
  private func build(_ passages: [Passage]) throws -> TemporaryIndex {
    let index = TemporaryIndex()
    try index.build(passages, settings: Toy.settings, encoder: Toy.encode)
    return index
  }

  /// Both hold the same, whatever removals left in their tables.
  private func expectEqual(_ first: TemporaryIndex, _ second: TemporaryIndex) throws {
    let (one, two) = (try first.open(), try second.open())
    #expect(one.verify().allSatisfy { $0.problem == nil })
    try IndexComparison(queries: ["text number", "title 3 many"]).expectEqual(one, two)
  }

  @Test(arguments: [["p5"], ["p0", "p11", "p5", "p0"], ["p0", "p5", "p11", "p1"]])
  func removingEqualsNeverHavingAdded(ids: [String]) throws {
    let passages = Toy.passages(12)
    let index = try build(passages)
    try IndexRemoval.remove(ids: ids, path: index.path)
    try expectEqual(index, try build(passages.filter { !ids.contains($0.id) }))
    #expect(try index.files == ["index.sqlite", "vectors.bin"])
  }

  /// Once a quarter is gone, everything is written anew, and then the bytes are those of a build.
  @Test func manyRemovalsLeaveNoTrace() throws {
    let passages = Toy.passages(12)
    let index = try build(passages)
    try IndexRemoval.remove(ids: ["p0", "p5", "p11", "p7"], path: index.path)
    let kept = passages.filter { !["p0", "p5", "p11", "p7"].contains($0.id) }
    let fresh = try build(kept)
    #expect(try index.open().info == fresh.open().info)
    let bytes = FileManager.default.contents(atPath: index.vectors)
    #expect(bytes == FileManager.default.contents(atPath: fresh.vectors))
  }

  @Test func removedIdsMayComeBack() throws {
    let passages = Toy.passages(12)
    let index = try build(passages)
    try IndexRemoval.remove(ids: ["p3"], path: index.path)
    try index.build(
      [passages[3]], settings: Toy.settings, append: true, encoder: Toy.encode)
    try expectEqual(
      index, try build(passages.filter { $0.id != "p3" } + [passages[3]]))
  }

  @Test func removalWaitsForAnInterruptedAppend() throws {
    struct Interruption: Error {}
    let passages = Toy.passages(8)
    let index = try build(Array(passages.prefix(6)))
    #expect(throws: Interruption.self) {
      try index.build(Array(passages.dropFirst(6)), settings: Toy.settings, append: true) { _ in
        throw Interruption()
      }
    }
    let refused = error { try IndexRemoval.remove(ids: ["p1"], path: index.path) }
    #expect(refused?.kind == .unfinished)
    try FileManager.default.removeItem(atPath: index.draft)
    try IndexRemoval.remove(ids: ["p1"], path: index.path)
    try expectEqual(index, try build(passages.prefix(6).filter { $0.id != "p1" }))
  }

  @Test func unknownIdsAreRefusedBeforeAnythingChanges() throws {
    let index = try build(Toy.passages(4))
    let unknown = error { try IndexRemoval.remove(ids: ["p1", "zz"], path: index.path) }
    #expect(unknown?.what == "no passage has the id “zz”")
    #expect(try index.open().count == 4)
    #expect(error { try IndexRemoval.remove(ids: ["a"], path: "/no/such") }?.kind == .missing)
  }

  @Test func everythingCanBeRemoved() throws {
    let index = try build(Toy.passages(2))
    try IndexRemoval.remove(ids: ["p0", "p1"], path: index.path)
    let open = try index.open()
    #expect(open.count == 0)
    #expect(try open.bm25("text", top: 3).isEmpty)
    #expect(try open.dense([1, 0, 0], top: 3).isEmpty)
    #expect(open.verify().allSatisfy { $0.problem == nil })
  }
}
