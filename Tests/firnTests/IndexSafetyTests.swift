import Foundation
import Testing

/// What users see when an index cannot be written.
@Suite struct IndexSafetyTests {
  private static func records(_ count: Int, _ name: String) -> [String] {
    (0..<count).map { #"{"id": "\#(name)\#($0)", "text": "word\#($0 % 70) of \#(name) and more"}"# }
  }

  private func workplace() throws -> Workplace {
    let place = try Workplace()
    try place.write("old.jsonl", Self.records(300, "old"))
    try place.write("more.jsonl", Self.records(3000, "more"))
    let built = try place.run("index", "old.jsonl", "--index", "tiny", "--encoder", "none")
    try #require(built.status == 0)
    return place
  }

  /// `ulimit -f` counts 512 bytes; the index of 300 records has about 300 of them.
  @Test(arguments: [8, 40, 350]) func aFullDiskLosesNothing(blocks: Int) throws {
    let place = try workplace()
    let before = try place.run("info", "tiny", "--json").output
    let arguments = ["index", "more.jsonl", "--index", "tiny", "--encoder", "none", "--append"]
    let script = "ulimit -f \(blocks); exec \"$0\" \"$@\""
    let full = try place.run(
      "-c", script, with: [Workplace.tool.path] + arguments, program: "/bin/sh")
    #expect(full.status == 74 && full.error.contains("again"), "\(full.error)")
    #expect(try place.run("info", "tiny", "--json").output == before)
    #expect(try place.run("verify", "tiny").status == 0)
    let again = try place.run("index", with: Array(arguments.dropFirst()))
    #expect(again.status == 0, "\(again.error)")
    #expect(try place.run("info", "tiny", "--json").json()["passages"] as? Int == 3300)
  }

  @Test func aReadOnlyFolderIsReadAndNotWritten() throws {
    let place = try workplace()
    let folder = place.folder.appending(path: "indexes/tiny").path
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
    defer {
      try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    }
    func run(_ arguments: String...) throws -> Workplace.Result {
      guard geteuid() == 0 else { return try place.run(with: arguments) }
      // To root every folder is writable.
      let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", Workplace.tool.path]
      return try place.run(with: nobody + arguments, program: "/usr/bin/setpriv")
    }
    // Where nobody else may even start the tool there is nothing to see.
    guard try run("--version").status == 0 else { return }
    #expect(try run("search", "word7", "--index", "tiny").output.contains("old7"))
    #expect(try run("verify", "tiny").status == 0)
    let refused = try run("remove", "tiny", "old7")
    #expect(refused.status == 74 && refused.error.contains("permissions"), "\(refused.error)")
  }
}
