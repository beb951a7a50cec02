import Foundation
import Native
import Testing

struct BackgroundTests {
  struct Failure: Error {}

  @Test(arguments: [false, true]) func resultsAndErrorsArrive(now: Bool) throws {
    #expect(try Background(now: now) { 42 }.value() == 42)
    #expect(throws: Failure.self) { try Background<Int>(now: now) { throw Failure() }.value() }
  }

  final class Seen {
    var indices: [Int] = []
  }

  @Test func eachStateSeesAscendingIndicesAndAllAreSeenOnce() throws {
    let workers = Workers((0..<4).map { _ in Seen() })
    for _ in 0..<3 {
      let doubled = try workers.map(100) { seen, index in
        seen.indices.append(index)
        return 2 * index
      }
      #expect(doubled == (0..<100).map { 2 * $0 })
    }
    let seen = workers.all.map(\.indices)
    #expect(seen.flatMap { $0 }.sorted() == (0..<100).flatMap { [$0, $0, $0] })
    for indices in seen {
      // Three ascending passes at most.
      #expect(zip(indices, indices.dropFirst()).filter { $0 >= $1 }.count <= 2)
    }
  }

  @Test func scratchFilesHoldWhatIsWrittenAndLeaveNoName() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try ScratchFile(in: folder)
    let parts = (0..<50).map { [UInt8](repeating: UInt8($0), count: 997 * $0) }
    let places = try Parallel.map(50) { try file.append(parts[$0]) }
    for (part, place) in zip(parts, places) { #expect(try file.read(place) == part) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    #expect(throws: FileError.self) { try ScratchFile(in: folder + "/none") }
  }

  @Test func copiesHoldTheSameBytes() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = Data((0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try data.write(to: URL(filePath: folder + "/one"))
    try copyFile(folder + "/one", to: folder + "/two")
    #expect(FileManager.default.contents(atPath: folder + "/two") == data)
    #expect(throws: FileError.self) { try copyFile(folder + "/none", to: folder + "/three") }
  }
}
