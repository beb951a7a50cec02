import Glibc
import Synchronization

/// A file without a name that holds what does not fit into memory, and is gone with this value or
/// with the process, however that ends.
package final class ScratchFile: Sendable {
  /// What it is called for a moment.
  package static let name = "scratch.partial"

  private let descriptor: Int32
  private let folder: String
  private let end = Mutex(0)

  /// - Parameter folder: where there is room; the file loses its name there at once.
  package init(in folder: String) throws(FileError) {
    self.folder = folder
    let path = "\(folder)/\(Self.name)"
    let opened = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
    if opened >= 0 { unlink(path) }
    descriptor = opened
    guard opened >= 0 else {
      throw FileError(what: "no file can be made in it", path: folder, code: errno)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes bytes behind all others and says where; any thread may.
  package func append(_ bytes: [UInt8]) throws(FileError) -> Range<Int> {
    let start = end.withLock { end in
      defer { end += bytes.count }
      return end
    }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, $0.count - done, off_t(start + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("what does not fit into memory cannot be written") }
      done += count
    }
    return start..<(start + bytes.count)
  }

  /// The bytes of a range.
  ///
  /// - Requires: a range that was written.
  package func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var done = 0
    while done < range.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, $0.count - done, off_t(range.lowerBound + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("what did not fit into memory cannot be read") }
      done += count
    }
    return bytes
  }

  private func failure(_ what: String) -> FileError {
    FileError(what: what, path: folder, code: errno)
  }
}
