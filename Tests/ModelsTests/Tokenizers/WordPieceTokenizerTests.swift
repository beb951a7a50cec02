import Foundation
import Testing

@testable import Models

struct WordPieceTokenizerTests {
  private struct Record: Decodable {
    let text: String
    let ids: [Int32]
    let offsets: [Int]
    let words: [Int32]
    let decoded: String
  }

  private static let records: [Record] = {
    let lines = try? String(contentsOfFile: Fixtures.path("wordpiece.jsonl"), encoding: .utf8)
    return (lines ?? "").split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
  }()

  /// [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, un 4, ##aff 5, ##able 6, . 7, a 8, ##a 9.
  private static let tiny = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", ".", "a", "##a",
  ]

  private static func vocabularyFile(_ vocabulary: String) -> String {
    #"{"model": {"vocab": \#(vocabulary)}, "pre_tokenizer": {"type": "BertPreTokenizer"}}"#
  }

  private func tinyTokenizer(_ tokens: [String] = tiny) throws -> WordPieceTokenizer {
    let folder = try TemporaryFolder()
    let text = tokens.joined(separator: "\n") + "\n"
    return try WordPieceTokenizer(vocabulary: folder.write("vocab.txt", text))
  }

  @Test func idsOffsetsAndWordsAreTheReferencesOnTheFixture() throws {
    let tokenizer = try WordPieceTokenizer(folder: Fixtures.minilm)
    #expect(Self.records.count == 432)
    for record in Self.records {
      let encoding = tokenizer.encode(record.text)
      #expect(encoding.ids == record.ids, "\(record.text.debugDescription)")
      #expect(
        encoding.offsets.flatMap { [$0.lowerBound, $0.upperBound] } == record.offsets,
        "\(record.text.debugDescription)")
      #expect(encoding.words == record.words, "\(record.text.debugDescription)")
    }
  }

  @Test func decodedTextIsTheReferencesOnTheFixture() throws {
    let tokenizer = try WordPieceTokenizer(folder: Fixtures.minilm)
    for record in Self.records {
      #expect(tokenizer.decode(record.ids) == record.decoded, "\(record.text.debugDescription)")
    }
  }

  @Test func theVocabularyFileGivesTheSameTokensAsTheWholeTokenizer() throws {
    let whole = try WordPieceTokenizer(tokenizerJSON: Fixtures.minilm + "/tokenizer.json")
    let lines = try WordPieceTokenizer(vocabulary: Fixtures.minilm + "/vocab.txt")
    #expect(whole.vocabularySize == 30522 && lines.vocabularySize == 30522)
    #expect(whole.clsID == 101 && whole.sepID == 102 && whole.padID == 0 && whole.unkID == 100)
    for record in Self.records { #expect(whole.encode(record.text) == lines.encode(record.text)) }
  }

  @Test func theLongestPieceWinsAndOffsetsCountScalars() throws {
    let encoding = try tinyTokenizer().encode("Ünaffable. é")
    // "é" is "e" without its accent, which this vocabulary lacks.
    #expect(encoding.ids == [4, 5, 6, 7, 1])
    #expect(encoding.offsets == [0..<2, 2..<5, 5..<9, 9..<10, 11..<12])
    #expect(encoding.words == [0, 0, 0, 1, 2])
  }

  @Test func aWordWithoutACompleteSplitIsOneUnknownToken() throws {
    let encoding = try tinyTokenizer().encode("unaffx a")
    #expect(encoding.ids == [1, 8])
    #expect(encoding.offsets == [0..<6, 7..<8])
  }

  @Test(arguments: [(100, 100), (101, 1)])
  func aWordOfMoreThanAHundredScalarsIsUnknown(length: Int, tokens: Int) throws {
    let encoding = try tinyTokenizer().encode(String(repeating: "a", count: length))
    #expect(encoding.count == tokens)
    #expect((encoding.ids == [1]) == (tokens == 1))
  }

  @Test func specialTokensInTextAreFoundBeforeNormalization() throws {
    let encoding = try tinyTokenizer().encode("a[SEP]a [sep]")
    #expect(encoding.ids.prefix(3) == [8, 3, 8])
    #expect(encoding.offsets[1] == 1..<6)
    #expect(!encoding.ids.dropFirst(3).contains(3))
  }

  @Test func casedModelsKeepCaseAndAccents() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("vocab.txt", (Self.tiny + ["É", "e"]).joined(separator: "\n"))
    _ = try folder.write("tokenizer_config.json", #"{"do_lower_case": false}"#)
    let tokenizer = try WordPieceTokenizer(folder: folder.path)
    #expect(tokenizer.encode("É é E e").ids == [10, 1, 1, 11])
  }

  @Test func tokensThatDifferOnlyInNormalFormStayApart() throws {
    // "が" composed and decomposed are equal as Swift strings.
    let folder = try TemporaryFolder()
    let vocabulary =
      (Self.tiny + ["\u{304C}", "\u{304B}\u{3099}"]).enumerated()
      .map { "\(JSON.literal($1)): \($0)" }.joined(separator: ",")
    let path = try folder.write(
      "tokenizer.json",
      """
      {"added_tokens": [], "pre_tokenizer": {"type": "BertPreTokenizer"},
       "normalizer": {"type": "BertNormalizer", "strip_accents": false, "lowercase": true},
       "model": {"type": "WordPiece", "vocab": {\(vocabulary)}}}
      """)
    let tokenizer = try WordPieceTokenizer(tokenizerJSON: path)
    #expect(tokenizer.encode("\u{304C} \u{304B}\u{3099}").ids == [10, 11])
  }

  @Test(arguments: [
    ("", "a value"), (#"{"model": {"type": "BPE"}}"#, "WordPiece"),
    (#"{"model": {"vocab": {"a": 0}}}"#, "BertPreTokenizer"),
    (vocabularyFile(#"{"a": 5}"#), "once"), (vocabularyFile(#"{"a": -1}"#), "once"),
    (vocabularyFile(#"{"a": 0, "b": 0}"#), "once"), (vocabularyFile("{}"), "object"),
    (vocabularyFile(#"{"a": 0}"#), "[CLS]"),
  ])
  func aBrokenTokenizerFileIsAnErrorThatSaysWhy(text: String, expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("tokenizer.json", text)
    let error = try #require(throws: TokenizerError.self) {
      try WordPieceTokenizer(folder: folder.path)
    }
    #expect(error.file == path)
    #expect(error.expected.contains(expected), "\(error)")
  }

  @Test func aVocabularyThatIsNotTextNamesTheLine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("vocab.txt", [0x61, 0x0A, 0xFF, 0x0A])
    let error = try #require(throws: TokenizerError.self) {
      try WordPieceTokenizer(vocabulary: path)
    }
    #expect(error.what == "line 2")
  }

  @Test func anEmptyFolderHasNoTokenizer() throws {
    let folder = try TemporaryFolder()
    #expect(throws: TokenizerError.self) { try WordPieceTokenizer(folder: folder.path) }
  }
}
