import Glibc

/// Copies a file; where the file system can, both share their bytes until one is changed.
///
/// The copy is on the disk when this returns.
package func copyFile(_ path: String, to target: String) throws(FileError) {
  let source = open(path, O_RDONLY | O_CLOEXEC)
  guard source >= 0 else { throw FileError(what: "cannot be opened", path: path, code: errno) }
  defer { close(source) }
  let copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard copy >= 0 else { throw FileError(what: "cannot be created", path: target, code: errno) }
  defer { close(copy) }
  if ioctl(copy, shareBytes, source) != 0 {
    while true {
      let count = sendfile(copy, source, nil, 1 << 30)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw FileError(what: "cannot be copied", path: path, code: errno) }
      if count == 0 { break }
    }
  }
  guard fsync(copy) == 0 else {
    throw FileError(what: "cannot be flushed", path: target, code: errno)
  }
}

/// FICLONE of linux/fs.h.
private let shareBytes: UInt = 0x4004_9409

/// Returns once the names in a folder have reached the disk.
package func synchronizeFolder(_ path: String) throws(FileError) {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw FileError(what: "cannot be opened", path: path, code: errno)
  }
  defer { close(descriptor) }
  // Some file systems cannot, and then need not.
  guard fsync(descriptor) == 0 || errno == EINVAL else {
    throw FileError(what: "cannot be flushed", path: path, code: errno)
  }
}
