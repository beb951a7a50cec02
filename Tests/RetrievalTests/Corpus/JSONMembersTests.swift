import Retrieval
import Testing

struct JSONMembersTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func members(_ text: String) throws -> [String] {
    var members = JSONMembers(try InputFile(try folder.write(text, to: "m")))
    var found: [String] = []
    while let member = try members.next() {
      let record = try member.field("v")
      found.append("\(member.key)=\(try record.string("v") ?? "null")@\(member.line)")
    }
    return found
  }

  @Test func membersComeInTheirOrderWithTheirLines() throws {
    let text = "{\"b\": \"x\",\n\n \"a\\u00e9\\\"\" :\n\"{y}\\\\\", \"b\": null}\n\n"
    #expect(try members(text) == ["b=x@1", "aé\"={y}\\@4", "b=null@4"])
    #expect(try members("{}").isEmpty)
    #expect(try members(" { } ").isEmpty)
  }

  @Test func keysThatSwiftHoldsForEqualStayApart() throws {
    let keys = try members(#"{"\u00e9": "1", "e\u0301": "2"}"#)
    #expect(keys.map { $0.unicodeScalars.count } == [5, 6])
  }

  @Test(arguments: [
    "", "[", "{", "{\"a\"", "{\"a\": }", "{\"a\": 1", "{\"a\": 1,}", "{\"a\" 1}", "{a: 1}",
    "{\"a\": \"x}",
    "{\"a\": [1}", "{\"a\": 1} x", "{\"a\": \"x\" \"y\"}", "{,\"a\": 1}",
  ])
  func brokenObjectsAreRefused(text: String) throws {
    #expect(throws: InputError.self) { try members(text) }
  }
}
