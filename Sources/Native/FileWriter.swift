import Glibc

/// A file open for writing at its end, with a way back to its beginning for headers.
package final class FileWriter {
  package let path: String
  private let descriptor: Int32

  /// Opens or creates the file and cuts it to `length` bytes; what is missing is filled with 0.
  package init(path: String, length: Int) throws(FileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(what: "cannot be opened for writing", path: path, code: errno)
    }
    guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw FileError(what: "cannot be cut to \(length) bytes", path: path, code: errno)
    }
  }

  deinit { _ = close(descriptor) }

  /// Writes the values' bytes behind what the file holds.
  package func append<T: BitwiseCopyable>(_ values: [T]) throws(FileError) {
    try write(unsafe values.span.bytes) { start, count, _ in
      unsafe Glibc.write(descriptor, start, count)
    }
  }

  /// Writes the values' bytes over those from `offset` on.
  package func overwrite<T: BitwiseCopyable>(
    at offset: Int, with values: [T]
  ) throws(FileError) {
    try write(unsafe values.span.bytes) { start, count, done in
      unsafe pwrite(descriptor, start, count, off_t(offset + done))
    }
  }

  /// Makes the file `length` bytes long; what is added is 0.
  package func resize(to length: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      throw FileError(what: "cannot be made \(length) bytes long", path: path, code: errno)
    }
  }

  /// Returns once everything written has reached the disk.
  package func synchronize() throws(FileError) {
    guard fdatasync(descriptor) == 0 else {
      throw FileError(what: "cannot be written to disk", path: path, code: errno)
    }
  }

  /// Gives the file the name `target`, in place of whatever had it; there is never none.
  package func rename(to target: String) throws(FileError) {
    guard unsafe Glibc.rename(path, target) == 0 else {
      throw FileError(what: "cannot be renamed", path: path, code: errno)
    }
  }

  private func write(
    _ bytes: RawSpan, _ step: (_ start: UnsafeRawPointer, _ count: Int, _ done: Int) -> Int
  ) throws(FileError) {
    try unsafe bytes.withUnsafeBytes { buffer throws(FileError) in
      var done = 0
      while let start = buffer.baseAddress, done < buffer.count {
        let written = unsafe step(start + done, buffer.count - done, done)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else {
          throw FileError(what: "cannot be written", path: path, code: errno)
        }
        done += written
      }
    }
  }
}
