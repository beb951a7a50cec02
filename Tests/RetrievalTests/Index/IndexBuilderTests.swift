import Foundation
import GRDB
import Retrieval
import Testing

struct IndexBuilderTests {
  @Test func finishedIndexIsTwoFilesAndAnswers() throws {
    let index = TemporaryIndex()
    let passages = Toy.passages(10)
    #expect(try index.build(passages, settings: Toy.settings, encoder: Toy.encode) == .built)
    let files = try FileManager.default.contentsOfDirectory(atPath: index.path)
    #expect(files.sorted() == ["index.sqlite", "vectors.bin"])
    let open = try index.open()
    #expect(open.count == 10)
    #expect(open.info.settings == Toy.settings)
    #expect(try open.passages(rows: [7, 2]) == [passages[7], passages[2]])
    #expect(try open.row(id: "p3") == 3)
    #expect(try open.row(id: "q") == nil)
    #expect(try open.vector(row: 4) == Toy.encode([passages[4]]))
    #expect(open.verify().allSatisfy { $0.problem == nil })
  }

  @Test(arguments: [0, 1, 2, 5])
  func interruptedBuildEndsAsAnUninterruptedOne(batches: Int) throws {
    let passages = Toy.passages(23)
    let whole = TemporaryIndex()
    try whole.build(passages, settings: Toy.settings, encoder: Toy.encode)
    let index = TemporaryIndex()
    var left = batches
    #expect(throws: Interruption.self) {
      try index.build(passages, settings: Toy.settings) { batch in
        if left == 0 { throw Interruption() }
        left -= 1
        return Toy.encode(batch)
      }
    }
    // A batch cut off in the middle of writing, as a kill leaves it.
    try append(Data([1, 2, 3]), to: index.vectors)
    var encoded = 0
    try index.build(passages, settings: Toy.settings) { batch in
      encoded += batch.count
      return Toy.encode(batch)
    }
    #expect(encoded == 23 - 4 * batches)
    #expect(try index.content == whole.content)
  }

  @Test func interruptedCorpusGoesOnWhereItStopped() throws {
    let passages = Toy.passages(18_000)
    let index = TemporaryIndex()
    let builder = IndexBuilder(path: index.path, settings: IndexSettings())
    #expect(throws: Interruption.self) {
      try builder.build { body in
        for passage in passages.prefix(17_000) { try body(passage) }
        throw Interruption()
      }
    }
    #expect(error { try index.open() }?.kind == .unfinished)
    try index.build(passages)
    let whole = TemporaryIndex()
    try whole.build(passages)
    #expect(try index.content == whole.content)
  }

  @Test func sameCorpusAgainChangesNothing() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(6), settings: Toy.settings, encoder: Toy.encode)
    let before = try index.content
    let again = try index.build(Toy.passages(6), settings: Toy.settings) { _ in
      throw Interruption()
    }
    #expect(again == .alreadyComplete)
    #expect(try index.content == before)
  }

  @Test func anotherCorpusIsRefusedAndNamesTheRecord() throws {
    let index = TemporaryIndex()
    var passages = Toy.passages(6)
    try index.build(passages)
    let shorter = error { try index.build(Array(passages.prefix(5))) }
    #expect(shorter?.kind == .mismatch && shorter?.found == "5")
    #expect(error { try index.build(Toy.passages(7)) }?.kind == .mismatch)
    passages[3].id = "other"
    let changed = error { try index.build(passages) }
    #expect(changed?.kind == .mismatch && changed?.expected == "id “p3”")
    #expect(changed?.what.contains("record 4") == true)
    #expect(try index.open().count == 6)
  }

  @Test func otherSettingsAreRefused() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3), settings: Toy.settings, encoder: Toy.encode)
    var settings = Toy.settings
    settings.bm25.k1 = 1.2
    let k1 = error { try index.build(Toy.passages(3), settings: settings, encoder: Toy.encode) }
    #expect(k1?.kind == .mismatch && k1?.expected == "1.2" && k1?.found == "0.9")
    #expect(error { try index.build(Toy.passages(3)) }?.what.contains("encoder") == true)
  }

  @Test func duplicateIdsAreRefusedWithBothRecords() throws {
    let index = TemporaryIndex()
    var passages = Toy.passages(6)
    passages[4].id = "p1"
    let duplicate = error { try index.build(passages) }
    #expect(duplicate?.kind == .duplicate)
    #expect(duplicate?.what == "record 5 has the id “p1” of record 2")
  }

  @Test func emptyCorpusIsRefused() throws {
    let index = TemporaryIndex()
    #expect(error { try index.build([]) }?.kind == .mismatch)
    #expect(error { try index.open() }?.kind == .unfinished)
  }

  @Test func secondWriterIsRefused() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3))
    let builder = IndexBuilder(path: index.path, settings: IndexSettings())
    var second: IndexError?
    _ = try builder.build(append: true) { body in
      second = error { try index.build(Toy.passages(3)) }
      try body(Passage(id: "x", title: "", text: "x"))
    }
    #expect(second?.kind == .busy)
  }

  @Test func readersSeeTheOldStateUntilTheNewOneIsWhole() throws {
    let index = TemporaryIndex()
    let passages = Toy.passages(30)
    try index.build(Array(passages.prefix(20)), settings: Toy.settings, encoder: Toy.encode)
    let old = try index.open()
    let hits = try old.bm25("text number", top: 30)
    let near = try old.dense([1, 0, 0], top: 30)
    func expectOld(_ open: PassageIndex) throws {
      #expect(open.count == 20 && open.verify().allSatisfy { $0.problem == nil })
      #expect(try open.bm25("text number", top: 30) == hits)
      #expect(try open.dense([1, 0, 0], top: 30) == near)
    }
    let rest = Array(passages.dropFirst(20))
    try index.build(rest, settings: Toy.settings, append: true) { batch in
      try expectOld(index.open())
      try expectOld(old)
      return Toy.encode(batch)
    }
    #expect(try index.open().count == 30)
    try IndexRemoval.remove(ids: passages.prefix(15).map(\.id), path: index.path)
    #expect(try index.open().count == 15)
    try expectOld(old)
  }

  /// A copy of the files in the middle of a transaction is what a kill or a power cut leaves.
  @Test func halfWrittenTransactionIsNotReadAndUndoneByTheNextBuild() throws {
    let index = TemporaryIndex()
    let passages = Toy.passages(2000)
    try index.build(passages)
    let before = try index.content
    let cut = TemporaryIndex()
    let queue = try DatabaseQueue(path: index.database)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA cache_size = 2")
      try db.inTransaction {
        try db.execute(sql: "UPDATE passages SET title = title || text")
        try FileManager.default.copyItem(atPath: index.path, toPath: cut.path)
        return .rollback
      }
    }
    try queue.close()
    #expect(FileManager.default.fileExists(atPath: cut.database + "-journal"))
    #expect(error { try cut.open() }?.kind == .unfinished)
    #expect(try cut.build(passages) == .alreadyComplete)
    #expect(try cut.content == before)
  }

  @Test func anythingButAnIndexIsRefused() throws {
    let index = TemporaryIndex()
    #expect(error { try index.open() }?.kind == .missing)
    try FileManager.default.createDirectory(
      atPath: index.path, withIntermediateDirectories: true)
    try Data("not a database at all, just text".utf8).write(to: URL(filePath: index.database))
    #expect(error { try index.open() }?.kind == .damaged)
    #expect(error { try index.build(Toy.passages(3)) }?.kind == .damaged)
    try FileManager.default.removeItem(atPath: index.database)
    let queue = try DatabaseQueue(path: index.database)
    try queue.write { db in try db.execute(sql: "CREATE TABLE meta (a)") }
    try queue.close()
    #expect(error { try index.open() }?.what == "this database is not an index of Firn")
    #expect(error { try index.build(Toy.passages(3)) }?.kind == .damaged)
  }

  private func append(_ data: Data, to path: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: data)
    try handle.close()
  }
}

/// The `IndexError` that `body` throws, if it throws one.
func error<T>(_ body: () throws -> T) -> IndexError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? IndexError
  }
}
