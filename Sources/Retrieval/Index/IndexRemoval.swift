import Foundation
import GRDB

/// Takes passages out of an index: rows close ranks, and the BM25 tables are written anew.
package enum IndexRemoval {
  /// Removes the passages with these ids.
  ///
  /// - Throws: `IndexError`, before anything is changed, when the index is missing or unfinished or
  ///   an id is unknown.
  package static func remove(
    ids: [String], path: String, progress: @escaping IndexBuilder.Progress = { _, _, _ in }
  ) throws {
    let folder = IndexFolder(path: path)
    guard FileManager.default.fileExists(atPath: folder.database) else {
      throw IndexError(.missing, "there is no index", path: path)
    }
    try withIndexErrors(path: path) {
      let database = try folder.openForWriting()
      defer { try? database.close() }
      try finishPending(database, folder, progress: progress)
      try database.write { db in
        try IndexSchema.check(db, path: path)
        try requireComplete(db, path: path)
        try removePassages(rows: try rows(of: ids, db, path: path), db)
      }
      try finishPending(database, folder, progress: progress)
    }
  }

  /// Finishes a removal that an interruption left half done.
  static func finishPending(
    _ database: DatabaseQueue, _ folder: IndexFolder, progress: IndexBuilder.Progress
  ) throws {
    let pending = try database.read { db -> (Set<Int>, IndexSettings)? in
      if try IndexSchema.isEmpty(db) { return nil }
      try IndexSchema.check(db, path: folder.path)
      guard try Meta.state(db, path: folder.path) == .removing else { return nil }
      let rows = try Meta.require(.removedRows, db, path: folder.path)
      return (
        Set(rows.split(separator: ",").compactMap { Int($0) }),
        try Meta.settings(db, path: folder.path)
      )
    }
    guard let (removed, settings) = pending else { return }
    let count = try database.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM passages") ?? 0
    }
    if settings.encoder != nil {
      try removeVectors(rows: removed, leaving: count, folder)
      try database.write { db in try Meta.set(.vectorsDone, count, db) }
    }
    try finishIndex(database, folder, progress: progress)
  }

  private static func rows(of ids: [String], _ db: Database, path: String) throws -> [Int] {
    try Set(ids).map { id in
      let row = try Int.fetchOne(
        db, sql: "SELECT row FROM passages WHERE id = ?", arguments: [id])
      guard let row else {
        throw IndexError(.mismatch, "no passage has the id “\(id)”", path: path)
      }
      return row
    }.sorted()
  }

  private static func removePassages(rows: [Int], _ db: Database) throws {
    for row in rows {
      try db.execute(sql: "DELETE FROM passages WHERE row = ?", arguments: [row])
    }
    try db.execute(
      sql: """
        \(IndexSchema.passagesTable("kept"));
        INSERT INTO kept
          SELECT row_number() OVER (ORDER BY row) - 1, id, title, text FROM passages ORDER BY row;
        DROP TABLE passages;
        ALTER TABLE kept RENAME TO passages;
        """)
    try Meta.set(.removedRows, rows.map(String.init).joined(separator: ","), db)
    try Meta.set(.state, IndexState.removing.rawValue, db)
  }

  /// Writes the vectors that stay to a new file, which then takes the old one's place. A file of
  /// the right length already has had its turn.
  private static func removeVectors(
    rows: Set<Int>, leaving count: Int, _ folder: IndexFolder
  ) throws {
    let old = try VectorFile(path: folder.vectors)
    if old.count == count { return }
    guard old.count == count + rows.count else {
      throw IndexError(
        .damaged, "vectors and passages do not match", path: folder.vectors,
        expected: "\(count + rows.count) vectors", found: "\(old.count)")
    }
    var new = try VectorFileWriter(path: folder.newVectors, layout: old.layout, count: 0)
    let batch = 4096
    for start in stride(from: 0, to: old.count, by: batch) {
      let kept = (start..<min(start + batch, old.count)).filter { !rows.contains($0) }
      try new.append(StoredVectors(rows: kept, of: old))
    }
    try new.finish(replacing: folder.vectors)
  }
}

/// Lets only a finished index pass.
func requireComplete(_ db: Database, path: String) throws {
  guard try Meta.state(db, path: path) == .complete else {
    throw IndexError(
      .unfinished, "the index is not finished", path: path,
      hint: "run firn index again: it goes on where it stopped")
  }
}
