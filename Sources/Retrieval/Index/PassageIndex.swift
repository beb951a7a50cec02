import Foundation
import GRDB
import Native

/// A finished index, open for reading: passages by row, BM25 and, where it has vectors, dense
/// search.
///
/// A row is a passage's number, 0 up to `count`, in the order of the corpus. Many threads may ask
/// at once; each gets its own connection to the database.
package final class PassageIndex: Sendable {
  package let path: String
  package let info: IndexSummary
  /// One vector per row, if the index was built with an encoder.
  package let vectors: VectorFile?
  let search: BM25Search
  private let database: DatabasePool

  /// - Throws: `IndexError` when the folder holds no index, an unfinished or a damaged one.
  package init(path: String) throws {
    let folder = IndexFolder(path: path)
    guard FileManager.default.fileExists(atPath: folder.database) else {
      throw IndexError(.missing, "there is no index", path: path)
    }
    self.path = path
    var configuration = Configuration()
    configuration.readonly = true
    configuration.maximumReaderCount = max(1, Parallel.threads)
    let pool = try withIndexErrors(path: path) {
      try DatabasePool(path: folder.database, configuration: configuration)
    }
    let (info, lengths) = try withIndexErrors(path: path) {
      try pool.read { db in try Self.load(db, path: path) }
    }
    database = pool
    self.info = info
    search = BM25Search(bm25: info.bm25, lengths: lengths)
    vectors = try Self.openVectors(folder, info)
  }

  /// Passages in the index.
  package var count: Int { info.count }

  private static func load(_ db: Database, path: String) throws -> (
    IndexSummary, AlignedArray<UInt32>
  ) {
    if try IndexSchema.isEmpty(db) {
      throw IndexError(.unfinished, "the index is empty", path: path, hint: "run firn index again")
    }
    try IndexSchema.check(db, path: path)
    try requireComplete(db, path: path)
    let info = try Meta.info(db, path: path)
    let list = try Data.fetchOne(db, sql: "SELECT list FROM lengths") ?? Data()
    guard list.count == 4 * info.count else {
      throw IndexError(
        .damaged, "the passages' lengths are incomplete", path: path,
        expected: "\(4 * info.count) bytes", found: "\(list.count)",
        hint: "delete the folder and index again")
    }
    return (info, AlignedArray(bytes: list.bytes))
  }

  private static func openVectors(_ folder: IndexFolder, _ info: IndexSummary) throws -> VectorFile?
  {
    guard let encoder = info.settings.encoder else { return nil }
    let vectors = try VectorFile(path: folder.vectors)
    let storage = info.settings.vectors
    guard vectors.count == info.count, vectors.dimension == encoder.dimension,
      vectors.storage == storage
    else {
      throw IndexError(
        .damaged, "vectors and passages do not match", path: folder.vectors,
        expected: "\(info.count) vectors of \(encoder.dimension) numbers as \(storage)",
        found: "\(vectors.count) of \(vectors.dimension) as \(vectors.storage)",
        hint: "delete the folder and index again")
    }
    return vectors
  }

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
        guard let found = try Row.fetchOne(statement, arguments: [row]) else {
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
    try read { db in
      try Int.fetchOne(db, sql: "SELECT row FROM passages WHERE id = ?", arguments: [id])
    }
  }
}
