import Glibc

/// A file being written under a temporary name.
package struct FileReplacement {
  fileprivate let descriptor: Int32
  fileprivate let path: String

  package func write(_ bytes: [UInt8]) throws(FileError) {
    try write(bytes.span.bytes)
  }

  /// Appends numbers as the machine stores them.
  package func write(_ floats: [Float]) throws(FileError) {
    try write(floats.span.bytes)
  }

  /// Appends numbers rounded to float16.
  package func write(float16 floats: [Float]) throws(FileError) {
    let halves = floats.map { Float16($0) }
    try write(halves.span.bytes)
  }

  package func write(_ bytes: RawSpan) throws(FileError) {
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done..<bytes.byteCount)
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError(what: "cannot be written", path: path, code: errno) }
      done += count
    }
  }
}

/// Writes a whole file so that readers see either the old one or the new one, also after a crash:
/// temporary name beside it, write, fsync, rename. What was begun is removed on any error.
package func replaceFile(
  at path: String, _ write: (FileReplacement) throws -> Void
) throws {
  let temporary = "\(path).\(getpid()).partial"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else {
    throw FileError(what: "cannot be created", path: temporary, code: errno)
  }
  do {
    defer { close(descriptor) }
    try write(FileReplacement(descriptor: descriptor, path: temporary))
    guard fsync(descriptor) == 0 else {
      throw FileError(what: "cannot be flushed", path: temporary, code: errno)
    }
  } catch {
    unlink(temporary)
    throw error
  }
  guard rename(temporary, path) == 0 else {
    let code = errno
    unlink(temporary)
    throw FileError(what: "cannot be renamed", path: path, code: code)
  }
}
