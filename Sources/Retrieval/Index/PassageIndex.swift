import Foundation
import GRDB
import Native

/// A finished index, open for reading: passages by row, BM25 and, where it has vectors, dense
/// search.
///
/// A row is a passage's number, 0 up to `count`, in the order of the corpus. Many threads may ask
/// at once; each gets its own connection to the database. Whoever changes the index meanwhile does
/// so beside it: what was opened stays as it was.
package final class PassageIndex: Sendable {
  package let path: String
  package let info: IndexSummary
  /// One vector per row, if the index was built with an encoder.
  package let vectors: VectorFile?
  let search: BM25Search
  /// Where the tables keep each row.
  let numbers: RowNumbers
  /// Where they keep one at all; nil where everywhere.
  private let live: RowSet?
  private let database: DatabaseReaders

  /// - Throws: `IndexError` when the folder holds no index, an unfinished or a damaged one.
  package convenience init(path: String) throws {
    let folder = IndexFolder(path: path)
    while true {
      guard folder.has(folder.database) else { throw Self.absence(folder) }
      let identity = folder.identity
      do {
        try self.init(folder)
        return
      } catch  where folder.identity != identity {
        // Another process put a new state into place between one file and the next.
      }
    }
  }

  private init(_ folder: IndexFolder) throws {
    path = folder.path
    let readers = try withIndexErrors(path: folder.path) {
      try DatabaseReaders(path: folder.database, threads: Parallel.threads)
    }
    let (info, numbers, lengths) = try withIndexErrors(path: folder.path) {
      try readers.read { db in try Self.load(db, path: folder.path) }
    }
    database = readers
    self.info = info
    self.numbers = numbers
    live = numbers.live
    search = BM25Search(bm25: info.bm25, lengths: lengths)
    vectors = try Self.openVectors(folder, info, places: numbers.places)
  }

  /// Passages in the index.
  package var count: Int { info.count }

  private static func absence(_ folder: IndexFolder) -> IndexError {
    folder.has(folder.draft)
      ? IndexError(
        .unfinished, "the index is not finished", path: folder.path,
        hint: "run firn index again: it goes on where it stopped")
      : IndexError(
        .missing, "there is no index", path: folder.path,
        hint: "firn index CORPUS --index \(folder.path) makes one")
  }

  private static func load(_ db: Database, path: String) throws -> (
    IndexSummary, RowNumbers, AlignedArray<UInt32>
  ) {
    try IndexSchema.check(db, path: path)
    try requireComplete(db, path: path)
    let info = try Meta.info(db, path: path)
    let list = try Data.fetchOne(db, sql: "SELECT list FROM lengths") ?? Data()
    let removed = try Data.fetchOne(db, sql: "SELECT list FROM removals") ?? Data()
    guard list.count % 4 == 0,
      let numbers = RowNumbers(places: list.count / 4, removed: removed),
      numbers.count == info.count
    else {
      throw IndexError(
        .damaged, "the passages' lengths are incomplete", path: path,
        expected: "those of \(info.count) passages", found: "\(list.count) bytes",
        hint: "delete the folder and index again")
    }
    return (info, numbers, AlignedArray(bytes: list.bytes))
  }

  /// The vectors that the database means: those that state its checksum, or those that have grown
  /// since. Renumbered ones may not have got their name yet.
  private static func openVectors(
    _ folder: IndexFolder, _ info: IndexSummary, places: Int
  ) throws -> VectorFile? {
    guard let encoder = info.settings.encoder else { return nil }
    let vectors = try VectorFile(path: folder.vectors)
    let expected = info.checksums[.vectors]
    if vectors.statedChecksum != expected, folder.has(folder.newVectors),
      let new = try? VectorFile(path: folder.newVectors), new.statedChecksum == expected
    {
      return new
    }
    let storage = info.settings.vectors
    guard vectors.count >= places, vectors.dimension == encoder.dimension,
      vectors.storage == storage
    else {
      throw IndexError(
        .damaged, "vectors and passages do not match", path: folder.vectors,
        expected: "\(places) vectors of \(encoder.dimension) numbers as \(storage)",
        found: "\(vectors.count) of \(vectors.dimension) as \(vectors.storage)",
        hint: "delete the folder and index again")
    }
    return vectors.prefix(places)
  }

  /// Where the tables keep the rows that may rank; nil where everywhere.
  func places(_ rows: RowSet?) -> RowSet? { rows.map(numbers.places) ?? live }

  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try withIndexErrors(path: path) { try database.read(body) }
  }
}

extension PassageIndex {
  /// - Requires: a row of the index.
  package func passage(row: Int) throws -> Passage {
    try passages(rows: [row])[0]
  }

  /// The passages of the given rows, in the order given.
  ///
  /// - Requires: rows of the index.
  package func passages(rows: [Int]) throws -> [Passage] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT id, title, text FROM passages WHERE row = ?")
      return try rows.map { row in
        precondition((0..<count).contains(row), "expected a row below \(count), found \(row)")
        let place = numbers.place(of: row)
        guard let found = try Row.fetchOne(statement, arguments: [place]) else {
          throw IndexError(.damaged, "passage \(row) is not in the index", path: path)
        }
        return try Passage(found)
      }
    }
  }

  /// The passage with this id, if there is one; DPR's `wiki:` before it does not count.
  package func passage(id: String) throws -> Passage? {
    guard let row = try row(id: id) ?? row(id: Passage.bare(id)) else { return nil }
    return try passage(row: row)
  }

  /// The row of the passage with this id, if there is one.
  package func row(id: String) throws -> Int? {
    let place = try read { db in
      try Int.fetchOne(db, sql: "SELECT row FROM passages WHERE id = ?", arguments: [id])
    }
    return try place.map(row)
  }

  /// The row of what the tables keep at a place.
  ///
  /// - Throws: `IndexError` when no passage can be there.
  func row(at place: Int) throws -> Int {
    guard (0..<numbers.places).contains(place), numbers.holds(place) else {
      throw IndexError(
        .damaged, "passages and rows do not match", path: path,
        hint: "run firn verify; delete the folder and index again")
    }
    return numbers.row(at: place)
  }
}
