import Foundation
import Native
import Testing

struct FileReplacementTests {
  private struct Interruption: Error {}

  @Test func anErrorLeavesTheOldFileAndNothingBesideIt() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "firn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "file").path
    try replaceFile(at: path) { try $0.write([1, 2, 3] as [UInt8]) }
    #expect(throws: Interruption.self) {
      try replaceFile(at: path) { file in
        try file.write([9] as [UInt8])
        throw Interruption()
      }
    }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    try replaceFile(at: path) { try $0.write([1.5]) }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([0, 0, 0xC0, 0x3F]))
  }
}
