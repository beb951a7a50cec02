import Foundation
import GRDB
import Native

/// What is wrong with an index, or with what one tries to do to it.
package struct IndexError: Error, Equatable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// There is no index at the path.
    case missing
    /// A build or a change was interrupted.
    case unfinished
    /// Another process has the index open for writing.
    case busy
    /// What is given does not go with what the index holds.
    case mismatch
    /// Two passages have one id.
    case duplicate
    /// The files are not what a finished index leaves behind.
    case damaged
    /// Reading or writing failed: a full disk, missing permissions.
    case storage
  }

  package var kind: Kind
  /// What happened, in words.
  package var what: String
  /// The index's folder or the file in question.
  package var path: String
  package var expected: String?
  package var found: String?
  /// The remedy, if one is known.
  package var hint: String?

  package init(
    _ kind: Kind, _ what: String, path: String, expected: String? = nil, found: String? = nil,
    hint: String? = nil
  ) {
    self.kind = kind
    self.what = what
    self.path = path
    self.expected = expected
    self.found = found
    self.hint = hint
  }

  package var description: String {
    var text = "\(path): \(what)"
    if let expected { text += "; expected \(expected)" }
    if let found { text += ", found \(found)" }
    if let hint { text += " (\(hint))" }
    return text
  }
}

extension IndexError {
  /// What an error of SQLite means for the index at `path`.
  init(_ error: DatabaseError, path: String) {
    let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .busy, "another process is writing this index", path: path,
        hint: "wait until it is done")
    case .SQLITE_FULL:
      self.init(
        .storage, "the disk is full", path: path,
        hint: "make room and run the command again: it goes on where it stopped")
    case .SQLITE_READONLY:
      // Readers cannot undo what a killed writer left half done.
      self.init(
        .unfinished, "a change of the index was interrupted", path: path,
        hint: "run the same command again")
    case .SQLITE_IOERR:
      self.init(
        .storage, message, path: path,
        hint: "look for a full or failing disk and run the command again: nothing finished is lost")
    case .SQLITE_CANTOPEN:
      self.init(
        .storage, message, path: path, hint: "look at the permissions of the folder and its files")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(.damaged, message, path: path, hint: "delete the folder and index again")
    default:
      self.init(.storage, message, path: path)
    }
  }
}

extension IndexError {
  /// What an error of the file system means for an index.
  init(_ error: FileError) {
    let hint: String? =
      switch error.code {
      case ENOSPC, EDQUOT, EFBIG: "make room and run the command again: nothing finished is lost"
      case EACCES, EPERM, EROFS: "look at the permissions of the folder and its files"
      default: nil
      }
    self.init(.storage, error.reason, path: error.path, hint: hint)
  }
}

/// Runs `body` and turns what SQLite or the file system throw into an `IndexError`.
func withIndexErrors<T>(path: String, _ body: () throws -> T) throws -> T {
  do {
    return try body()
  } catch let error as DatabaseError {
    throw IndexError(error, path: path)
  } catch is RowDecodingError {
    throw IndexError(
      .damaged, "a table holds values of the wrong kind", path: path,
      hint: "delete the folder and index again")
  } catch let error as FileError {
    throw IndexError(error)
  }
}
