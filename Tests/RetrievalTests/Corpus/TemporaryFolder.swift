import Foundation

/// A folder for a test's files that is removed with the value.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "firn-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, with the folders it needs, and gives its path.
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Compresses a file and gives the path of what takes its place.
  func gzip(_ path: String) throws -> String {
    let process = try Process.run(
      URL(fileURLWithPath: "/usr/bin/env"), arguments: ["gzip", "-f", path])
    process.waitUntilExit()
    return path + ".gz"
  }
}
