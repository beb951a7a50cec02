import Retrieval
import Testing

struct PassageSplitterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func split(
    _ text: String, name: String = "doc.txt", words: Int = 100, overlap: Int = 0
  ) throws -> [Passage] {
    let path = try folder.write(text, to: name)
    var passages: [Passage] = []
    let reader = CorpusReader(paths: [path], format: .text, words: words, overlap: overlap)
    try reader.forEachPassage { passages.append($0) }
    return passages
  }

  /// Sentences of four words each: "S1 b c d." and so on.
  private func sentences(_ count: Int) -> [String] { (1...count).map { "S\($0) b c d." } }

  @Test func passagesCloseNearestToTheTarget() throws {
    let s = sentences(7)
    // Ten words: after 8, four more would make 12, as far off, so the passage closes.
    #expect(
      try split(s.joined(separator: " "), words: 10).map(\.text) == [
        "\(s[0]) \(s[1])", "\(s[2]) \(s[3])", "\(s[4]) \(s[5])", s[6],
      ])
    // Eleven words: 12 is nearer than 8.
    #expect(
      try split(s.joined(separator: " "), words: 11).map(\.text) == [
        s[0...2].joined(separator: " "), s[3...5].joined(separator: " "), s[6],
      ])
  }

  @Test func overlapRepeatsWholeSentences() throws {
    let s = sentences(5)
    #expect(
      try split(s.joined(separator: "\n"), words: 12, overlap: 3).map(\.text) == [
        s[0...2].joined(separator: " "), s[2...4].joined(separator: " "),
      ])
  }

  @Test func theRestIsNeverOnlyARepetition() throws {
    let s = sentences(3)
    #expect(
      try split(s.joined(separator: " "), words: 12, overlap: 6).map(\.text)
        == [s.joined(separator: " ")])
  }

  @Test func onlySentencesOfMoreThanTwiceTheLengthAreCut() throws {
    let twenty = (1...20).map { "w\($0)" }
    #expect(try split(twenty.joined(separator: " "), words: 10).count == 1)
    let cut = try split((twenty + ["w21"]).joined(separator: " "), words: 10).map(\.text)
    #expect(
      cut == [
        twenty[..<10].joined(separator: " "), twenty[10...].joined(separator: " "), "w21",
      ])
  }

  @Test(arguments: [
    ("One. Two! Three? Four… Five", 5), ("He said “Stop.” Then (at last.) He left.", 3),
    ("Mr. Smith met J. R. Jones in the U.S. Senate on Jan. 5.", 1),
    ("It was 3.5 m long, e.g. about 11 ft. tall.", 1), ("Pi is 3. 14 follows.", 2),
    ("the end. of it", 1), ("東京は大きい。人が多い。", 2), ("So he did ... and left.", 1),
  ])
  func sentencesEndWhereReadersSeeThem(text: String, count: Int) {
    #expect(SentenceSplitter.sentences(text).count == count)
  }

  @Test func whiteSpaceCollapsesAndEmptyLinesEndSentences() throws {
    #expect(
      try split("A heading\n\n  Some   text\ngoes on\n", words: 3).map(\.text) == [
        "A heading", "Some text goes on",
      ])
  }

  @Test func markdownHeadingsBecomeTitles() throws {
    let text = """
      Before any heading.
      # France #
      Intro text.
      ## History
      - First item
      - Second item

      ```
      # not a heading
      ```
      ## Food
      #hashtag stays.
      # Spain
      Last.
      """
    #expect(
      try split(text, name: "notes.md") == [
        Passage(id: "notes.md#1", title: "notes", text: "Before any heading."),
        Passage(id: "notes.md#2", title: "France", text: "Intro text."),
        Passage(
          id: "notes.md#3", title: "France: History",
          text: "First item Second item # not a heading"),
        Passage(id: "notes.md#4", title: "France: Food", text: "#hashtag stays."),
        Passage(id: "notes.md#5", title: "Spain", text: "Last."),
      ])
  }

  @Test func plainTextHasNoHeadings() throws {
    #expect(
      try split("# One\nTwo.") == [Passage(id: "doc.txt#1", title: "doc", text: "# One Two.")])
  }
}
