import Foundation
import Native
import Testing

struct FileWriterTests {
  @Test func writesGoToTheEndAndHeadersToTheirPlace() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([9, 9, 9, 9, 9, 9]).write(to: URL(filePath: path))
    let writer = try FileWriter(path: path, length: 2)
    try writer.append([UInt8(1), 2])
    try writer.overwrite(at: 0, with: [UInt8(7)])
    try writer.append([UInt16(0x0403)])
    try writer.synchronize()
    #expect(FileManager.default.contents(atPath: path) == Data([7, 9, 1, 2, 3, 4]))
    try writer.rename(to: path + ".new")
    #expect(FileManager.default.fileExists(atPath: path) == false)
    try FileManager.default.removeItem(atPath: path + ".new")
  }

  @Test func failuresNameTheFileAndTheReason() {
    let expected = FileError(
      what: "cannot be opened for writing", path: "/no/such/file", code: ENOENT)
    #expect(throws: expected) { _ = try FileWriter(path: "/no/such/file", length: 0) }
  }
}
