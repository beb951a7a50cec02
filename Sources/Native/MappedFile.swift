import Glibc

/// A file that could not be opened, measured or mapped.
package struct FileError: Error, Equatable, CustomStringConvertible {
  package let what: String
  package let path: String
  /// The system's error number, or 0 when the file itself is at fault.
  package let code: Int32

  package init(what: String, path: String, code: Int32 = 0) {
    self.what = what
    self.path = path
    self.code = code
  }

  package var description: String { "\(path): \(reason)" }

  /// The description without the path.
  package var reason: String {
    code == 0 ? what : "\(what): \(unsafe String(cString: strerror(code)))"
  }
}

/// Bytes of memory in this computer.
package let physicalMemory =
  max(0, Int(sysconf(Int32(_SC_PHYS_PAGES)))) * max(0, Int(sysconf(Int32(_SC_PAGESIZE))))

/// A regular file mapped into memory, read-only.
///
/// Pages are read when they are first touched and shared with every process that maps the same
/// file. A file that another process shortens while it is mapped kills the reader on the next
/// access (SIGBUS), so Firn replaces files by renaming and never shortens them in place.
package final class MappedFile: Sendable {
  /// Bytes.
  package let count: Int
  package let path: String
  // Written once in `init`, read-only memory after it: safe to share between threads.
  nonisolated(unsafe) private let base: UnsafeRawPointer?

  /// Maps the whole file at `path`. An empty file maps to zero bytes.
  ///
  /// - Throws: `FileError` when the file is missing, unreadable or not a regular file.
  package init(path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(what: "cannot be opened", path: path, code: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw FileError(what: "cannot be measured", path: path, code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(what: "is not a regular file", path: path)
    }
    self.path = path
    count = Int(status.st_size)
    guard count > 0 else {
      unsafe base = nil
      return
    }
    let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard unsafe mapped != MAP_FAILED, let mapped = unsafe mapped else {
      throw FileError(what: "cannot be mapped", path: path, code: errno)
    }
    unsafe base = UnsafeRawPointer(mapped)
  }

  deinit {
    if let base = unsafe base {
      unsafe munmap(UnsafeMutableRawPointer(mutating: base), count)
    }
  }

  /// How the file will be read.
  package enum Access: Sendable { case sequential, random }

  /// Tells the kernel how the file will be read, which decides how far it reads ahead.
  package func advise(_ access: Access) {
    guard let base = unsafe base else { return }
    let advice = access == .sequential ? MADV_SEQUENTIAL : MADV_RANDOM
    // Advice that is not taken costs time only.
    _ = unsafe madvise(UnsafeMutableRawPointer(mutating: base), count, Int32(advice))
  }

  /// Starts reading a range from the disk, without waiting for it.
  ///
  /// - Requires: a range inside the file.
  package func prefetch(_ range: Range<Int>) { advise(Int32(MADV_WILLNEED), range) }

  /// Lets go of pages that were touched; the next touch reads them again.
  ///
  /// - Requires: a range inside the file.
  package func releasePages(_ range: Range<Int>) { advise(Int32(MADV_DONTNEED), range) }

  /// Tells the kernel something of the pages that hold a range.
  private func advise(_ advice: Int32, _ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "expected a range below \(count), found \(range)")
    guard let base = unsafe base else { return }
    let pageSize = max(1, Int(sysconf(Int32(_SC_PAGESIZE))))
    let page = range.lowerBound / pageSize * pageSize
    _ = unsafe madvise(
      UnsafeMutableRawPointer(mutating: base + page), range.upperBound - page, advice)
  }

  /// All bytes of the file.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let buffer = unsafe UnsafeRawBufferPointer(start: base, count: count)
      return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
    }
  }

  /// `count` floats, in the machine's byte order, from byte `offset` on.
  ///
  /// - Requires: `offset` divisible by 4, and the range inside the file.
  @_lifetime(borrow self)
  package func floats(at offset: Int, count floatCount: Int) -> Span<Float> {
    precondition(
      offset >= 0 && offset % 4 == 0,
      "expected an offset divisible by 4, found \(offset)")
    precondition(
      floatCount >= 0 && floatCount <= (count - offset) / 4,
      "expected at most \((count - offset) / 4) floats from byte \(offset), found \(floatCount)")
    // Mapped memory starts on a page, so an offset in steps of 4 is aligned for Float.
    let start = unsafe base.map { unsafe ($0 + offset).assumingMemoryBound(to: Float.self) }
    let buffer = unsafe UnsafeBufferPointer(start: start, count: floatCount)
    return unsafe _overrideLifetime(Span(_unsafeElements: buffer), borrowing: self)
  }
}
