import Foundation
import Retrieval
import Testing

struct CorpusReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ path: String, _ format: CorpusFormat = .auto, words: Int = 100
  ) throws -> [Passage] {
    var passages: [Passage] = []
    let reader = CorpusReader(paths: [path], format: format, words: words)
    try reader.forEachPassage { passages.append($0) }
    return passages
  }

  private let two = [
    Passage(id: "1", title: "A", text: "Text a."), Passage(id: "2", title: "", text: "Text b."),
  ]

  @Test func jsonLinesHaveStringOrIntegerIds() throws {
    let path = try folder.write(
      """
      {"id": "1", "title": "A", "text": "Text a.", "other": [1, {"id": 2}]}

      {"id": 2, "title": null, "text": "Text b."}
      """, to: "c.jsonl")
    #expect(try read(path) == two)
    #expect(try read(path, .jsonl) == two)
    #expect(try read(try folder.gzip(path)) == two)
  }

  @Test func idsKeepTheirDigits() throws {
    let path = try folder.write(
      #"{"id": 123456789012345678901234567890, "text": "t"}"# + "\n"
        + #"{"id": "007", "text": "t"}"# + "\n" + #"{"id": -3, "text": "t"}"#, to: "c")
    #expect(try read(path).map(\.id) == ["123456789012345678901234567890", "007", "-3"])
  }

  @Test func anArrayAndRecordsOverSeveralLinesAreRead() throws {
    let array = try folder.write(
      """
      [{"id": 1, "title": "A", "text": "Text a."},
       {"id": "2",
        "text": "Text b."}]
      """, to: "array.json")
    let values = try folder.write(
      """
      {
        "id": 1, "title": "A", "text": "Text a."
      }
      {"id": "2", "text": "Text b."}
      """, to: "values.json")
    #expect(try read(array) == two)
    #expect(try read(values) == two)
  }

  @Test func dprQuotingFollowsPythonsCSV() throws {
    let path = try folder.write(
      "id\ttext\ttitle\n"
        + "1\t\"He said \"\"yes\"\" and\tleft.\nThen came back.\"\t\"A \"\"B\"\"\"\n"
        + "2\tplain \"quoted\" text\tC\n" + "3\t\"\"\"wrapped\"\"\"\tD\n"
        + "4\t\"\"\"A\"\" and \"\"B\"\"\"\tE\n", to: "psgs_w100.tsv")
    let expected = [
      Passage(id: "1", title: "A \"B\"", text: "He said \"yes\" and\tleft.\nThen came back."),
      Passage(id: "2", title: "C", text: "plain \"quoted\" text"),
      Passage(id: "3", title: "D", text: "wrapped"),
      Passage(id: "4", title: "E", text: "\"A\" and \"B\""),
    ]
    #expect(try read(path) == expected)
    #expect(try read(try folder.gzip(path), .dpr) == expected)
  }

  @Test func beirIsAFolderOrItsFile() throws {
    let path = try folder.write(
      """
      {"_id": "1", "title": "A", "text": "Text a.", "metadata": {}}
      {"_id": "2", "title": "", "text": "Text b."}
      """, to: "corpus.jsonl")
    _ = try folder.write("{\"_id\": \"q\", \"text\": \"not a passage\"}", to: "queries.jsonl")
    #expect(try read(folder.path) == two)
    #expect(try read(folder.path, .beir) == two)
    #expect(try read(path, .beir) == two)
  }

  @Test func aDocumentOfTitleOnlyIsKept() throws {
    let path = try folder.write(#"{"_id": "d", "title": "Only", "text": ""}"#, to: "corpus.jsonl")
    #expect(try read(path) == [Passage(id: "d", title: "Only", text: "")])
  }

  @Test func pyseriniContentsSplitAtTheFirstLine() throws {
    _ = try folder.write(
      #"[{"id": "1", "contents": "\"Title\"\nText one.\nMore."}]"#, to: "p/a.json")
    _ = try folder.write(
      #"{"id": "2", "contents": "Plain title\nText two."}"# + "\n"
        + #"{"id": "3", "contents": "One sentence.\nAnother one."}"#, to: "p/b.jsonl")
    _ = try folder.write("{\n\"id\": \"4\",\n\"contents\": \"Alone\"\n}", to: "p/sub/c.json")
    let expected = [
      Passage(id: "1", title: "Title", text: "Text one.\nMore."),
      Passage(id: "2", title: "Plain title", text: "Text two."),
      Passage(id: "3", title: "", text: "One sentence.\nAnother one."),
      Passage(id: "4", title: "", text: "Alone"),
    ]
    #expect(try read(folder.path + "/p", .pyserini) == expected)
    #expect(try read(folder.path + "/p") == expected)
  }

  static let squad = """
    {"version": "1.1", "data": [
      {"title": "Beyonc%C3%A9", "paragraphs": [
        {"context": "First {one}.", "qas": [
          {"id": "q1", "question": "What?", "answers": [
            {"text": "First", "answer_start": 0}, {"text": "First", "answer_start": 0}]}]},
        {"context": "Second [two].", "qas": []}]},
      {"title": "Super_Bowl_50", "paragraphs": [
        {"context": "Third.", "qas": [
          {"id": "q2", "question": "Why?", "answers": [], "is_impossible": true}]}]}]}
    """

  @Test(arguments: [squad, squad.replacingOccurrences(of: "\n", with: " ")])
  func squadParagraphsBecomePassages(text: String) throws {
    let path = try folder.write(text, to: "squad.json")
    let expected = [
      Passage(id: "beyoncé#1", title: "Beyoncé", text: "First {one}."),
      Passage(id: "beyoncé#2", title: "Beyoncé", text: "Second [two]."),
      Passage(id: "super-bowl-50#1", title: "Super Bowl 50", text: "Third."),
    ]
    #expect(try read(path) == expected)
    #expect(try read(path, .squad) == expected)
  }

  @Test func kiltPagesAreSplitWithoutTitleAndHeadings() throws {
    let path = try folder.write(
      #"{"wikipedia_id": "12", "wikipedia_title": "Ant", "text": ["Ant\n", "#
        + #""An ant is small. It works.\n", "Section::::Life.:\n", "#
        + #""BULLET::::- Ants live in nests.\n"], "anchors": []}"#, to: "kilt.jsonl")
    #expect(
      try read(path, words: 6) == [
        Passage(id: "12#1", title: "Ant", text: "An ant is small. It works."),
        Passage(id: "12#2", title: "Ant", text: "Ants live in nests."),
      ])
  }

  @Test func foldersAreReadInOrderWithRelativeIds() throws {
    _ = try folder.write("Second file.", to: "t/b.txt")
    _ = try folder.write("First file.", to: "t/a/z.txt")
    _ = try folder.write("Not read.", to: "t/.hidden/x.txt")
    _ = try folder.write("Not read.", to: "t/image.png")
    #expect(
      try read(folder.path + "/t") == [
        Passage(id: "a/z.txt#1", title: "z", text: "First file."),
        Passage(id: "b.txt#1", title: "b", text: "Second file."),
      ])
  }

  @Test func notesBesideRecordsAreNotPassages() throws {
    _ = try folder.write("# Notes", to: "n/README.md")
    _ = try folder.write(#"{"id": 1, "text": "t"}"#, to: "n/passages.jsonl")
    #expect(try read(folder.path + "/n").map(\.id) == ["1"])
  }

  @Test func emptyFilesHoldNoPassages() throws {
    for format in CorpusFormat.allCases where format != .beir {
      #expect(try read(try folder.write("", to: "empty"), format).isEmpty)
    }
  }

  @Test(arguments: [
    ("c.jsonl", #"{"id": 1, "text": "a"}"# + "\n" + #"{"id": 2, "te"#, 2, "a complete JSON object"),
    (
      "c.jsonl", #"{"id": 1, "te"# + "\n" + #"{"id": 2, "text": "b"}"#, 1,
      "a complete JSON object"
    ),
    ("c.jsonl", #"{"id": 1}"#, 1, "the field \"text\""),
    ("c.jsonl", #"{"text": "a"}"#, 1, "the field \"id\""),
    ("c.jsonl", #"{"id": 1.5, "text": "a"}"#, 1, "a string or an integer in \"id\""),
    ("c.jsonl", #"{"id": 1, "text": 5}"#, 1, "a string in \"text\""),
    ("c.jsonl", #"{"id": 1, "text": "  "}"#, 1, "a text in passage \"1\""),
    ("c.jsonl", "text", 1, "a complete JSON object"),
    ("c.json", "[{\"id\": 1, \"text\": \"a\"},\n{\"id\": 2, ", 2, "the end of the object"),
    ("c.json", "[{\"id\": 1, \"text\": \"a\"}\n", 1, "a closing bracket"),
    ("c.json", "[{\"id\": 1, \"text\": \"a\"},\n5]", 2, "a JSON object"),
    ("c.json", "[{\"id\": 1, \"text\": \"a\"}}", 1, "matching brackets"),
    ("c.json", "[{\"id\": 1, \"text\": \"a\n\"}]", 1, "the string's closing quote"),
    ("c.tsv", "1\ttext\ttitle\n", 1, "the header id<TAB>text<TAB>title"),
    ("c.tsv", "id\ttext\ttitle\n1\ta\tb\n2\ta\n", 3, "3 columns (id, text, title)"),
    ("c.tsv", "id\ttext\ttitle\n1\t\"a\tb\n2\ta\tb\n", 2, "a closing quote"),
    ("c.tsv", "id\ttext\ttitle\n1\t\tb\n", 2, "an id and a text"),
  ])
  func malformedRecordsNameFileAndLine(
    name: String, text: String, line: Int, expected: String
  ) throws {
    let path = try folder.write(text, to: name)
    let error = #expect(throws: InputError.self) { try read(path) }
    #expect(error?.kind == .malformed)
    #expect(error?.file == path)
    #expect(error?.line == line)
    #expect(error?.expected == expected)
  }

  @Test(arguments: ["c.jsonl", "c.tsv", "c.txt"])
  func brokenUTF8IsAnError(name: String) throws {
    let good = [
      "c.jsonl": #"{"id": 1, "text": "a"}"#, "c.tsv": "id\ttext\ttitle", "c.txt": "Text.",
    ]
    let bad = ["c.jsonl": #"{"id": 2, "text": ""#, "c.tsv": "2\t", "c.txt": "More "]
    let end = ["c.jsonl": #""}"#, "c.tsv": "\ttitle", "c.txt": "."]
    let bytes =
      try [UInt8]((#require(good[name]) + "\n").utf8)
      + #require(bad[name]).utf8 + [0xC3, 0x28] + #require(end[name]).utf8
    let path = try folder.write(bytes, to: name)
    let error = #expect(throws: InputError.self) { try read(path) }
    #expect(error?.line == 2)
    #expect(error?.expected == "UTF-8 text")
  }

  @Test func aTruncatedGzipFileIsAnErrorEvenWhenSkipping() throws {
    let text = (0..<2000).map { #"{"id": \#($0), "text": "\#($0 &* 40_503)"}"# }
    let path = try folder.gzip(folder.write(text.joined(separator: "\n"), to: "c.jsonl"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let cut = try folder.write([UInt8](bytes.prefix(bytes.count / 2)), to: "cut.jsonl.gz")
    let reader = CorpusReader(paths: [cut], format: .auto, skipBad: true)
    let error = #expect(throws: InputError.self) { try reader.forEachPassage { _ in } }
    #expect(error?.kind == .malformed)
    #expect(error?.expected == "a whole gzip stream")
  }

  @Test func aMissingFileIsMissing() throws {
    let error = #expect(throws: InputError.self) { try read(folder.path + "/none") }
    #expect(error?.kind == .missing)
  }

  @Test func badRecordsAreSkippedAndCountedOnRequest() throws {
    let path = try folder.write(
      """
      {"id": 1, "text": "a"}
      {"id": 2}
      {"id": 3, "te
      {"id": 4, "text": "d"}
      """, to: "c.jsonl")
    let reader = CorpusReader(paths: [path], format: .auto, skipBad: true)
    var ids: [String] = []
    try reader.forEachPassage { ids.append($0.id) }
    #expect(ids == ["1", "4"])
    #expect(reader.skipped == 2)
    #expect(reader.firstSkipped?.line == 2)
  }

  @Test func errorsOfTheBodyAreNeverSkipped() throws {
    let path = try folder.write(#"{"id": 1, "text": "a"}"#, to: "c.jsonl")
    let reader = CorpusReader(paths: [path], format: .auto, skipBad: true)
    let mine = InputError(file: "f", expected: "x", found: "y")
    #expect(throws: mine) { try reader.forEachPassage { _ in throw mine } }
  }

  @Test func messagesAreOneShortLine() throws {
    let long = String(repeating: "a\t", count: 500)
    let path = try folder.write("{\"id\": \"\(long)", to: "c.jsonl")
    let error = try #require(#expect(throws: InputError.self) { try read(path) })
    #expect(error.description.hasPrefix("\(path):1: expected a complete JSON object, found \""))
    #expect(!error.description.contains("\n"))
    #expect(error.found.count < 70)
  }
}
