import Foundation
import Native

/// A text file that gets its name only when it is complete, or standard output.
///
/// Until then it is `NAME.partial`, which is removed when the value goes away unclosed. A device, a
/// pipe or a link of that name is written to as it is.
package final class OutputFile {
  /// The path, or "standard output".
  package let name: String
  private let path: String
  /// Nil where what is written stands at once where it belongs.
  private let partial: String?
  private let handle: FileHandle
  private var buffer = Data()
  private var isOpen = true

  private static let bufferSize = 1 << 20

  /// - Parameter path: `-` is standard output.
  /// - Throws: here and later, Foundation's error or `FileError` when writing fails.
  package init(path: String) throws {
    self.path = path
    name = path == "-" ? "standard output" : path
    if Self.isStream(path) {
      partial = nil
      handle =
        try path == "-" ? .standardOutput : FileHandle(forWritingTo: URL(fileURLWithPath: path))
    } else {
      let partial = path + ".partial"
      try Data().write(to: URL(fileURLWithPath: partial))
      handle = try FileHandle(forWritingTo: URL(fileURLWithPath: partial))
      self.partial = partial
    }
  }

  /// Whether what is written goes out at once: to standard output, a device, a pipe or a link.
  package static func isStream(_ path: String) -> Bool {
    let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    return path == "-" || (kind ?? .typeRegular) != .typeRegular
  }

  package func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= OutputFile.bufferSize { try flush() }
  }

  package func close() throws {
    try flush()
    guard let partial else { return }
    try handle.synchronize()
    try handle.close()
    try renameFile(partial, to: path)
    isOpen = false
  }

  deinit {
    if isOpen, let partial { try? FileManager.default.removeItem(atPath: partial) }
  }

  private func flush() throws {
    try handle.write(contentsOf: buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
