import Testing

@testable import Retrieval

/// The inputs of the commands for models.
struct FieldRecordsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ text: String) throws -> String { try folder.write(text, to: "input.jsonl") }

  @Test func recordsComeInBatchesWithMissingIdsCountedByLine() throws {
    let path = try file(
      #"{"id":7,"b":"y","a":"x","c":1}"# + "\n\n" + #"{"a":"é","b":""}"# + "\n"
        + #"{"id":"q","a":"1","b":"2"}"#)
    let records = try FieldRecords(path: path, fields: ["a", "b"])
    #expect(
      try records.next(2) == [
        .init(id: "7", values: ["x", "y"]), .init(id: "2", values: ["é", ""]),
      ])
    #expect(try records.next(2) == [.init(id: "q", values: ["1", "2"])])
    #expect(try records.next(2).isEmpty)
  }

  @Test(arguments: [#"{"id":1,"text":5}"#, #"{"id":1}"#, "{\"text\":\"a", "[]"])
  func anErrorNamesTheLine(line: String) throws {
    let path = try file(#"{"text":"a"}"# + "\n" + line)
    let error = try #require(throws: InputError.self) {
      try FieldRecords(path: path, fields: ["text"]).next(9)
    }
    #expect(error.line == 2 && error.kind == .malformed)
  }

  @Test(
    arguments: [
      ("a b\n\nc", ["a b", "", "c"]),
      (#"{"text":"a"}"# + "\n\n" + #"{"id":1,"text":"b"}"#, ["a", "b"]),
      ("{a}\nb", ["{a}", "b"]),
      ("", []),
    ])
  func textsAreLinesUnlessTheFirstIsARecord(content: String, texts: [String]) throws {
    let path = try file(content)
    let lines = try TextLines(path: path)
    var found: [String] = []
    while let text = try lines.next() { found.append(text) }
    #expect(found == texts)
  }

  @Test(arguments: [#"{"text":"a"}"# + "\nb", #"{"text":"a"#])
  func aBrokenRecordIsNoPlainLine(content: String) throws {
    let path = try file(content)
    #expect(throws: InputError.self) {
      let lines = try TextLines(path: path)
      while try lines.next() != nil {}
    }
  }
}
