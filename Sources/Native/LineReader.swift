import CZlib
import Foundation

/// Why an input could not be read: which file, after which line, and what the system said.
package struct LineReaderError: Error, Equatable {
  package enum Kind: Sendable { case missing, unreadable, damaged }
  package let kind: Kind
  package let path: String
  /// One-based number of the line in which reading stopped; nil when the file did not open.
  package let line: Int?
  package let detail: String
}

/// Lines of a plain or gzip-compressed file, or of standard input, in constant memory.
///
/// A line ends at a line feed; one carriage return before it and a byte order mark at the very
/// start are dropped. Only the line itself is ever copied, so memory is bounded by the longest.
package final class LineReader {
  /// The path given at the start; `-` is standard input.
  package let path: String
  /// One-based number of the line returned last; 0 before the first.
  package private(set) var line = 0

  private let file: gzFile
  private var buffer = [UInt8](repeating: 0, count: LineReader.capacity)
  private var start = 0
  private var end = 0
  private var atStart = true

  private static let capacity = 1 << 18

  package init(path: String) throws(LineReaderError) {
    self.path = path
    errno = 0
    // A duplicate, so that closing this reader leaves standard input open.
    let opened = path == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb")
    guard let opened else {
      let kind: LineReaderError.Kind = errno == ENOENT ? .missing : .unreadable
      throw LineReaderError(
        kind: kind, path: path, line: nil, detail: String(cString: strerror(errno)))
    }
    file = opened
    gzbuffer(file, 1 << 16)
  }

  deinit { gzclose_r(file) }

  /// The next line without its end, or nil after the last one.
  package func next() throws(LineReaderError) -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      if start == end {
        try fill()
        if start == end { return bytes.isEmpty ? nil : finish(&bytes) }
      }
      if let newline = firstNewline() {
        bytes.append(contentsOf: buffer[start..<newline])
        start = newline + 1
        return finish(&bytes)
      }
      bytes.append(contentsOf: buffer[start..<end])
      start = end
    }
  }

  /// Up to `count` bytes (at most 256 KiB) that lie ahead, left unread.
  /// - Requires: no line was read yet.
  package func head(_ count: Int) throws(LineReaderError) -> [UInt8] {
    precondition(line == 0, "expected a reader at its start, found one at line \(line)")
    if start == end { try fill() }
    return Array(buffer[start..<min(end, start + count)])
  }

  private func finish(_ bytes: inout [UInt8]) -> [UInt8] {
    line += 1
    if bytes.last == 0x0D { bytes.removeLast() }
    return bytes
  }

  private func firstNewline() -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let hit = memchr(base + start, 0x0A, end - start) else {
        return nil
      }
      return UnsafeRawPointer(hit) - base
    }
  }

  private func fill() throws(LineReaderError) {
    let count = buffer.withUnsafeMutableBytes {
      gzread(file, $0.baseAddress, UInt32($0.count))
    }
    // A stream that was cut off gives its last bytes first and only then its error.
    var code: Int32 = 0
    let message = String(cString: gzerror(file, &code))
    if count < 0 || (count == 0 && code != Z_OK) {
      let kind: LineReaderError.Kind = code == Z_ERRNO ? .unreadable : .damaged
      throw LineReaderError(kind: kind, path: path, line: line + 1, detail: message)
    }
    start = 0
    end = Int(count)
    if atStart, end >= 3, buffer[0..<3] == [0xEF, 0xBB, 0xBF] { start = 3 }
    atStart = false
  }
}
