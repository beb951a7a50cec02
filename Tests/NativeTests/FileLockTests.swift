import Foundation
import Native
import Testing

struct FileLockTests {
  private let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path

  @Test func onlyOneHoldsALockAtATime() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var first = try FileLock(path: path, creating: true)
    #expect(first != nil)
    #expect(try FileLock(path: path) == nil)
    first = nil
    #expect(try FileLock(path: path) != nil)
  }

  @Test func foldersAreLockedToo() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let lock = try FileLock(path: path)
    #expect(try FileLock(path: path) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
    withExtendedLifetime(lock) {}
  }

  @Test func aLockIsNoWayToReadWhatIsNotThere() {
    #expect(throws: FileError(what: "cannot be opened", path: path, code: ENOENT)) {
      _ = try FileLock(path: path)
    }
  }
}
