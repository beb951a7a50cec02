import Foundation
import GRDB

/// Takes passages out of an index.
///
/// Their rows stay empty and their postings unseen until so many are gone that the index is written
/// anew; to searches all others close ranks at once.
package enum IndexRemoval {
  /// Removes the passages with these ids.
  ///
  /// - Parameter memory: bytes to use where everything is written anew, about.
  /// - Throws: `IndexError`, before anything is changed, when the index is missing or unfinished or
  ///   an id is unknown.
  package static func remove(
    ids: [String], path: String, memory: Int = IndexBuilder.usualMemory,
    progress: @escaping IndexBuilder.Progress = { _, _, _ in }
  ) throws {
    let folder = IndexFolder(path: path)
    guard folder.has(folder.database) || folder.has(folder.draft) else {
      throw IndexError(.missing, "there is no index", path: path)
    }
    try withIndexErrors(path: path) {
      guard case .present(let lock) = try IndexDraft.find(folder) else {
        throw IndexError(
          .unfinished, "a build or an append was interrupted", path: path,
          hint: "run its command again first, or give it up by deleting \(folder.draft)")
      }
      let rows = try folder.readPresent { db in try Self.rows(of: ids, db, path: path) }
      let draft = try IndexDraft.change(folder, .changing, lock)
      do {
        try IndexFinish(draft: draft, memory: memory, progress: progress).remove(rows: rows)
      } catch {
        try? draft.discard()
        throw error
      }
      try draft.publish()
    }
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
}

/// Lets only a finished index pass.
func requireComplete(_ db: Database, path: String) throws {
  guard try Meta.state(db, path: path) == .complete else {
    throw IndexError(
      .unfinished, "the index is not finished", path: path,
      hint: "run firn index again: it goes on where it stopped")
  }
}
