import Foundation
import Native
import Testing

struct GzipTests {
  @Test(arguments: [
    [], ["a"], (0..<20_000).map { "line \($0) \u{1F989}" },
    [String(repeating: "x", count: 300_000)],
  ])
  func whatIsPackedIsReadBack(lines: [String]) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = Array(lines.joined(separator: "\n").utf8)
    let packed = gzip(bytes)
    try Data(packed).write(to: URL(filePath: path))
    let reader = try LineReader(path: path)
    var read: [String] = []
    while let line = try reader.next() { read.append(String(decoding: line, as: UTF8.self)) }
    #expect(read == lines)
    #expect(gzip(bytes) == packed)
    #expect(packed.starts(with: [0x1F, 0x8B]) && packed.count < bytes.count / 3 + 32)
  }
}
