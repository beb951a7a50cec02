import Foundation
import Native
import Testing

struct LineReaderTests {
  @Test(arguments: [
    ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("\n", [""]),
    ("a\r\nb\r\n", ["a", "b"]), ("\u{FEFF}a\n\u{FEFF}b", ["a", "\u{FEFF}b"]),
  ])
  func linesEndAtLineFeeds(text: String, expected: [String]) throws {
    let file = try File(Array(text.utf8))
    #expect(try lines(file.path) == expected)
    try file.compress()
    #expect(try lines(file.path) == expected)
  }

  @Test func longLinesAndManyLinesComeWhole() throws {
    let expected =
      (0..<5000).map { String(repeating: "x", count: $0 % 997) } + [
        String(repeating: "y", count: 1_000_000)
      ]
    let file = try File(Array(expected.joined(separator: "\n").utf8))
    try file.compress()
    #expect(try lines(file.path) == expected)
  }

  @Test func lineNumbersCountFromOne() throws {
    let file = try File(Array("a\n\nb".utf8))
    let reader = try LineReader(path: file.path)
    #expect(reader.line == 0)
    while try reader.next() != nil {}
    #expect(reader.line == 3)
  }

  @Test func theHeadStaysUnread() throws {
    let file = try File(Array("first\nsecond".utf8))
    let reader = try LineReader(path: file.path)
    #expect(try reader.head(8) == Array("first\nse".utf8))
    #expect(try reader.next() == Array("first".utf8))
  }

  @Test func aTruncatedStreamIsDamaged() throws {
    let text = (0..<20_000).map { "line \($0 &* 2_654_435_761)" }.joined(separator: "\n")
    let file = try File(Array(text.utf8))
    try file.compress()
    let whole = try Data(contentsOf: file.url)
    for length in [5, whole.count / 2, whole.count - 4] {
      try whole.prefix(length).write(to: file.url)
      let error = #expect(throws: LineReaderError.self) { try lines(file.path) }
      #expect(error?.kind == .damaged)
      #expect((error?.line ?? 0) >= 1)
    }
  }

  @Test func aChangedByteIsDamage() throws {
    let file = try File(Array(String(repeating: "abcdefgh\n", count: 1000).utf8))
    try file.compress()
    var bytes = try Data(contentsOf: file.url)
    bytes[bytes.count - 6] ^= 0xFF
    try bytes.write(to: file.url)
    let error = #expect(throws: LineReaderError.self) { try lines(file.path) }
    #expect(error?.kind == .damaged)
  }

  @Test func whatIsNotAFileSaysWhy() throws {
    let folder = NSTemporaryDirectory()
    let missing = #expect(throws: LineReaderError.self) { try lines(folder + UUID().uuidString) }
    #expect(missing?.kind == .missing)
    let unreadable = #expect(throws: LineReaderError.self) { try lines(folder) }
    #expect(unreadable?.kind == .unreadable)
  }

  private func lines(_ path: String) throws -> [String] {
    let reader = try LineReader(path: path)
    var lines: [String] = []
    while let bytes = try reader.next() { lines.append(String(decoding: bytes, as: UTF8.self)) }
    return lines
  }
}

/// A temporary file that lives as long as the value.
private final class File {
  let url = URL(fileURLWithPath: NSTemporaryDirectory() + "firn-\(UUID().uuidString)")
  var path: String { url.path }

  init(_ bytes: [UInt8]) throws { try Data(bytes).write(to: url) }

  deinit { try? FileManager.default.removeItem(at: url) }

  func compress() throws {
    let gzip = try Process.run(
      URL(fileURLWithPath: "/usr/bin/env"), arguments: ["gzip", "-f", path])
    gzip.waitUntilExit()
    #expect(gzip.terminationStatus == 0)
    try FileManager.default.moveItem(atPath: path + ".gz", toPath: path)
  }
}
