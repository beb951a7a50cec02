import Foundation
import Native
import Testing

struct MappedFileTests {
  private func temporaryFile(_ data: Data) throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try data.write(to: url)
    return url.path
  }

  @Test func bytesAndFloatsAreThoseOfTheFile() throws {
    let values: [Float] = [0, 1.5, -2, .infinity]
    let path = try temporaryFile(values.withUnsafeBytes { Data($0) })
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try MappedFile(path: path)
    #expect(file.count == 16)
    let byteCount = file.bytes.byteCount
    #expect(byteCount == 16)
    let floats = file.floats(at: 4, count: 3)
    let read = [floats[0], floats[1], floats[2]]
    #expect(read == [1.5, -2, .infinity])
  }

  @Test func emptyFileMapsToNoBytes() throws {
    let path = try temporaryFile(Data())
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try MappedFile(path: path)
    let bytes = file.bytes.byteCount
    let floats = file.floats(at: 0, count: 0).count
    #expect(bytes == 0 && floats == 0)
  }

  @Test func missingFileNamesItsPath() {
    #expect(throws: FileError(what: "cannot be opened", path: "/no/such/file", code: ENOENT)) {
      try MappedFile(path: "/no/such/file")
    }
  }

  @Test func directoryIsRefused() {
    #expect(throws: FileError(what: "is not a regular file", path: "/")) {
      try MappedFile(path: "/")
    }
  }
}
