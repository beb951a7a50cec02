import Foundation
import GRDB
import Native

/// The files of an index.
struct IndexFolder {
  let path: String

  /// What readers open: always whole, and replaced as a whole.
  var database: String { path + "/index.sqlite" }
  /// The next state of the database, which takes its place once it is whole.
  var draft: String { path + "/index.sqlite.partial" }
  /// The draft while it is being copied.
  var copy: String { path + "/copy.partial" }
  /// What does not fit into memory (`ScratchFile`), for the moment in which it has a name.
  var scratch: String { path + "/" + ScratchFile.name }
  /// Grows at its end; readers look no further than their database says.
  var vectors: String { path + "/vectors.bin" }
  /// Takes the place of `vectors` where rows were renumbered.
  var newVectors: String { path + "/vectors.bin.partial" }

  func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }

  /// Which file the database is: another one of that name has another.
  var identity: Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: database)
    return attributes?[.systemFileNumber] as? Int
  }

  /// Removes files where they are there.
  func remove(_ files: String...) throws {
    for file in files where has(file) {
      do {
        try FileManager.default.removeItem(atPath: file)
      } catch {
        throw IndexError(.storage, "the file cannot be removed", path: file)
      }
    }
  }

  /// The folder, made where it is missing, and the right to be the only one who writes in it.
  func lock() throws -> FileLock {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw IndexError(.storage, "the folder cannot be made", path: path)
    }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw IndexError(
        .storage, "the folder cannot be written to", path: path,
        hint: "change its permissions, or copy the index to where you may write")
    }
    guard let lock = try FileLock(path: path) else {
      throw IndexError(
        .busy, "another process is writing this index", path: path, hint: "wait until it is done")
    }
    return lock
  }

  /// Opens a database for writing, creating it where it is missing.
  func openForWriting(_ file: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32768")
    }
    let queue = try DatabaseQueue(path: file, configuration: configuration)
    try queue.writeWithoutTransaction { db in try db.inTransaction(.exclusive) { .commit } }
    return queue
  }

  /// Reads the present database, which undoes what a power cut left of a change by other means.
  func readPresent<T>(_ body: (Database) throws -> T) throws -> T {
    let queue = try DatabaseQueue(path: database)
    defer { try? queue.close() }
    return try queue.read { db in
      try IndexSchema.check(db, path: path)
      return try body(db)
    }
  }
}
