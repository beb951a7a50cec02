import Foundation
import Retrieval
import Testing

struct PassageWriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let passages = [
    Passage(id: "1", title: "A \"B\"", text: "Ü \"quoted\" and\ttabs.\nNext line."),
    Passage(id: "2", title: "Two", text: "Plain."),
    Passage(id: "3", title: "", text: "No title\nhere"),
  ]

  private func read(_ path: String, _ format: CorpusFormat = .auto) throws -> [Passage] {
    var passages: [Passage] = []
    try CorpusReader(paths: [path], format: format).forEachPassage { passages.append($0) }
    return passages
  }

  private func write(_ format: PassageOutput, _ losses: LossReport = LossReport()) throws -> String
  {
    let path = "\(folder.path)/corpus.\(format == .dpr || format == .msmarco ? "tsv" : "jsonl")"
    let writer = try PassageWriter(path: path, format: format, losses: losses)
    try Self.passages.forEach(writer.append)
    try writer.close()
    return path
  }

  @Test(arguments: PassageOutput.allCases)
  func corporaReadBackByTheirContent(format: PassageOutput) throws {
    let losses = LossReport()
    let read = try read(write(format, losses))
    guard format == .msmarco else {
      #expect(read == Self.passages)
      #expect(losses.losses.isEmpty)
      return
    }
    #expect(read.map(\.text) == ["Ü \"quoted\" and tabs. Next line.", "Plain.", "No title here"])
    #expect(losses.losses.map(\.records) == [2, 2])
  }

  @Test func atlasShowsTheSectionBehindTheTitle() throws {
    let text = """
      {"id": "1", "title": "Ant", "section": "Life", "text": "Ants live."}
      {"id": "2", "title": "Ant", "section": "", "text": "Ants."}
      """
    let titles = ["Ant: Life", "Ant"]
    #expect(try read(folder.write(text, to: "a.jsonl")).map(\.title) == titles)
    // Elsewhere a section is one of the fields that are ignored.
    let other = text.replacing("\"id\"", with: "\"n\": 1, \"id\"")
    #expect(try read(folder.write(other, to: "b.jsonl")).map(\.title) == ["Ant", "Ant"])
    #expect(try read(folder.write(other, to: "b.jsonl"), .atlas).map(\.title) == titles)
  }

  @Test func msMarcoAndTevatronAreRecognised() throws {
    let pairs = try folder.write("0\tHe said \"yes\n1\t\"b\" c\n", to: "collection.tsv")
    #expect(try read(pairs).map(\.text) == ["He said \"yes", "\"b\" c"])
    let tevatron = try folder.write(
      #"{"docid": 5, "document_text": "x"}"# + "\n" + #"{"docid": "6", "title": "T", "text": "y"}"#,
      to: "t.jsonl")
    #expect(
      try read(tevatron) == [
        Passage(id: "5", title: "", text: "x"), Passage(id: "6", title: "T", text: "y"),
      ])
  }

  @Test(arguments: [
    ("c.tsv", "0\ta\n1\n", 2, "an id, a tab and a text"),
    ("c.jsonl", #"{"docid": 5}"#, 1, "the field \"text\""),
  ])
  func malformedRecordsNameTheLine(name: String, text: String, line: Int, expected: String) throws {
    let path = try folder.write(text, to: name)
    let error = #expect(throws: InputError.self) { try read(path) }
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }
}
