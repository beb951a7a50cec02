import Foundation
import Native

/// What this process has of the computer's memory, in bytes.
struct Memory {
  /// All of it with mapped files, without them, and the most there ever was.
  let resident, anonymous, peak: Double

  static func now() -> Memory {
    let file = FileHandle(forReadingAtPath: "/proc/self/status")
    let text = String(decoding: file?.readDataToEndOfFile() ?? Data(), as: UTF8.self)
    func field(_ name: String) -> Double {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
      return line.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }.first
        .map { $0 * 1024 } ?? .nan
    }
    return Memory(resident: field("VmRSS"), anonymous: field("RssAnon"), peak: field("VmHWM"))
  }

  /// Bytes a second that all threads read together from a table that no cache holds.
  static func bandwidth() -> Double {
    let piece = 1 << 20
    let pieces = 128
    let table = [Float](repeating: 1, count: piece * pieces)
    let seconds = (0..<3).map { _ in
      Seconds.of {
        Parallel.forEach(pieces) { index in
          let part = table.span.extracting(index * piece..<(index + 1) * piece)
          precondition(Kernels.max(part) == 1, "expected ones")
        }
      }.wall
    }
    return Double(4 * table.count) / (seconds.min() ?? .nan)
  }
}
