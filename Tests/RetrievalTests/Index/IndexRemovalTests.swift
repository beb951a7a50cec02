import Foundation
import GRDB
import Retrieval
import Testing

struct IndexRemovalTests {
  private func build(_ passages: [Passage]) throws -> TemporaryIndex {
    let index = TemporaryIndex()
    try index.build(passages, settings: Toy.settings, encoder: Toy.encode)
    return index
  }

  private func expectEqual(_ first: TemporaryIndex, _ second: TemporaryIndex) throws {
    let (one, two) = (try first.open(), try second.open())
    #expect(one.info == two.info)
    #expect(one.verify().allSatisfy { $0.problem == nil })
    let bytes = FileManager.default.contents(atPath: first.vectors)
    #expect(bytes == FileManager.default.contents(atPath: second.vectors))
  }

  @Test func removingEqualsNeverHavingAdded() throws {
    let passages = Toy.passages(12)
    let index = try build(passages)
    try IndexRemoval.remove(ids: ["p0", "p5", "p11", "p5"], path: index.path)
    let kept = passages.filter { !["p0", "p5", "p11"].contains($0.id) }
    try expectEqual(index, try build(kept))
    #expect(try index.open().passage(row: 4) == passages[6])
  }

  /// The states that a kill leaves behind: passages gone, vectors still there or already replaced.
  @Test(arguments: [false, true]) func interruptedRemovalIsFinishedFirst(replaced: Bool) throws {
    let passages = Toy.passages(6)
    let kept = Array(passages.dropFirst(2))
    let index = try build(passages)
    let expected = try build(kept)
    let queue = try DatabaseQueue(path: index.database)
    try queue.write { db in
      try db.execute(
        sql: """
          DELETE FROM passages WHERE row < 2;
          UPDATE passages SET row = row - 2;
          UPDATE meta SET value = 'removing' WHERE key = 'state';
          INSERT INTO meta VALUES ('removedRows', '0,1');
          """)
    }
    try queue.close()
    #expect(error { try index.open() }?.kind == .unfinished)
    if replaced {
      try FileManager.default.removeItem(atPath: index.vectors)
      try FileManager.default.copyItem(atPath: expected.vectors, toPath: index.vectors)
    }
    let again = try index.build(kept, settings: Toy.settings, encoder: Toy.encode)
    #expect(again == .alreadyComplete)
    try expectEqual(index, expected)
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
