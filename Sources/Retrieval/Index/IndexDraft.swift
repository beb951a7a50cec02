import Foundation
import GRDB
import Native

/// The next state of an index while it is made, beside the present one that readers see.
///
/// A draft is a database of its own. Once it is complete it takes the present one's name, which
/// the file system does at once: whoever opens the index sees the old state or the new one, and
/// who has it open keeps the old one. A build that was interrupted leaves a draft to go on with.
final class IndexDraft {
  let folder: IndexFolder
  let database: DatabaseQueue
  /// Whether a run before this one began it.
  let isResumed: Bool
  // Held until this value is gone.
  private let lock: FileLock

  private init(
    _ folder: IndexFolder, _ database: DatabaseQueue, isResumed: Bool, _ lock: FileLock
  ) {
    self.folder = folder
    self.database = database
    self.isResumed = isResumed
    self.lock = lock
  }

  /// How a writer finds an index.
  enum Found {
    /// A build or an append that was interrupted, or nothing yet.
    case draft(IndexDraft)
    /// A finished index.
    case present(FileLock)
  }

  /// Takes the right to write, and brings to its end what a kill left nearly done.
  static func find(_ folder: IndexFolder) throws -> Found {
    let lock = try folder.lock()
    try folder.remove(folder.copy, folder.copy + "-journal", folder.scratch)
    if folder.has(folder.draft) {
      if let draft = try resume(folder, lock) { return .draft(draft) }
    } else {
      try folder.remove(folder.draft + "-journal")
    }
    guard folder.has(folder.database) else {
      // What stands beside no database belongs to none.
      try folder.remove(folder.database + "-journal", folder.newVectors)
      return .draft(
        IndexDraft(folder, try folder.openForWriting(folder.draft), isResumed: false, lock))
    }
    try folder.readPresent { _ in }
    try settleVectors(folder)
    return .present(lock)
  }

  /// A draft of the present index for a change.
  ///
  /// - Parameter note: writes what a later run must know.
  static func change(
    _ folder: IndexFolder, _ state: IndexState, _ lock: FileLock,
    note: (Database) throws -> Void = { _ in }
  ) throws -> IndexDraft {
    try copyFile(folder.database, to: folder.copy)
    let copy = try folder.openForWriting(folder.copy)
    // A copy that was cut off must never pass for a whole draft.
    try copy.write { db in
      try Meta.set(.state, state.rawValue, db)
      try note(db)
    }
    try copy.close()
    try withIndexErrors(path: folder.path) { try renameFile(folder.copy, to: folder.draft) }
    return IndexDraft(folder, try folder.openForWriting(folder.draft), isResumed: false, lock)
  }

  /// The draft that is there, if a build left it; one of a finished state takes its place, one of
  /// another change is of no use.
  private static func resume(_ folder: IndexFolder, _ lock: FileLock) throws -> IndexDraft? {
    let queue = try withIndexErrors(path: folder.draft) { try folder.openForWriting(folder.draft) }
    let state = try queue.read { db -> IndexState in
      if try IndexSchema.isEmpty(db) { return .building }
      try IndexSchema.check(db, path: folder.draft)
      return try Meta.state(db, path: folder.draft)
    }
    let draft = IndexDraft(folder, queue, isResumed: true, lock)
    switch state {
    case .building: return draft
    case .changing: try draft.discard()
    case .complete: try draft.publish()
    }
    return nil
  }

  /// Takes the present state's place.
  ///
  /// - Requires: a database whose state is complete.
  func publish() throws {
    try database.close()
    // Journals of what is committed, or of a state that is replaced.
    try folder.remove(folder.draft + "-journal", folder.database + "-journal")
    try renameFile(folder.draft, to: folder.database)
    try synchronizeFolder(folder.path)
    try Self.settleVectors(folder)
  }

  /// Leaves the present state as it is.
  func discard() throws {
    try database.close()
    try folder.remove(folder.draft + "-journal", folder.draft, folder.newVectors)
  }

  /// Gives renumbered vectors their name where the present state goes with them.
  private static func settleVectors(_ folder: IndexFolder) throws {
    guard folder.has(folder.newVectors) else { return }
    let expected = try folder.readPresent { db in
      try Meta.value(Meta.checksumKey(.vectors), db)
    }
    if (try? VectorFile(path: folder.newVectors))?.statedChecksum == expected {
      try renameFile(folder.newVectors, to: folder.vectors)
      try synchronizeFolder(folder.path)
    } else {
      try folder.remove(folder.newVectors)
    }
  }
}
