import Glibc

/// Keeps other processes that ask for the same lock away from a file or folder.
///
/// The kernel drops the lock with the process, however that ends: nothing stays behind that would
/// have to be removed. Where a file system knows no locks, everybody gets one.
/// - Source: flock(2).
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// - Parameter creating: whether to make an empty file where there is none.
  /// - Returns: nil when another process holds the lock.
  package init?(path: String, creating: Bool = false) throws(FileError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | (creating ? O_CREAT : 0), 0o644)
    guard descriptor >= 0 else {
      throw FileError(what: "cannot be opened", path: path, code: errno)
    }
    // A killed process, or the copy of a lock in a child that is being started, takes an instant.
    for _ in 0..<100 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return }
      usleep(10_000)
    }
    return nil
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
