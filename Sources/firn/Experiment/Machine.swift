import Foundation

/// The computer that results were made on.
struct Machine: Encodable {
  let cpu: String
  let cores: Int
  /// Bytes.
  let memory: UInt64
  let os: String

  private enum CodingKeys: String, CodingKey {
    case cpu, cores, os
    case memory = "memory_bytes"
  }

  static var current: Machine {
    let process = ProcessInfo.processInfo
    return Machine(
      cpu: cpuName ?? "unknown", cores: process.activeProcessorCount,
      memory: process.physicalMemory, os: process.operatingSystemVersionString)
  }

  /// As Linux tells it; ARM's kernels do not.
  private static var cpuName: String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
      return nil
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }
}
