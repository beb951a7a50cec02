import Foundation
import Native

extension WeightFiles {
  /// The SHA-256 of the weights, in hexadecimal; of shards, of all in the order of their names.
  ///
  /// It is kept in `weights.sha256` beside the weights, with their sizes and times, and computed
  /// anew when these have changed. A folder that cannot be written to just costs the time.
  /// - Throws: when the weights cannot be read.
  package func sha256() throws -> String {
    let stamp = try paths.map(Self.stamp).joined()
    let sidecar = folder + "/weights.sha256"
    if let kept = try? String(contentsOfFile: sidecar, encoding: .utf8),
      let digest = kept.split(separator: "\n").first.map(String.init), digest.utf8.count == 64,
      kept == digest + "\n" + stamp
    {
      return digest
    }
    let digest = try computedSHA256()
    try? replaceFile(at: sidecar) { try $0.write(Array((digest + "\n" + stamp).utf8)) }
    return digest
  }

  /// The same from the weights alone, whatever is kept of them.
  package func computedSHA256() throws -> String {
    var checksum = SHA256()
    for path in paths {
      let file = try MappedFile(path: path)
      checksum.update(file.bytes)
    }
    return checksum.finished()
  }

  /// A line that changes with the file: name, size in bytes, time of change in seconds.
  private static func stamp(_ path: String) throws -> String {
    let url = URL(filePath: path).resolvingSymlinksInPath()
    let facts = try FileManager.default.attributesOfItem(atPath: url.path)
    let size = (facts[.size] as? NSNumber)?.intValue ?? 0
    let changed = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(url.lastPathComponent) \(size) \(changed)\n"
  }
}

extension Checkpoint {
  /// The SHA-256 of the weights, see `WeightFiles`.
  package func weightsSHA256() throws -> String { try weights.sha256() }
}
