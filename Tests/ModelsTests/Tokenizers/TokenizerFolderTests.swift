import Foundation
import Testing

@testable import Models

struct TokenizerFolderTests {
  private struct Record: Decodable {
    let text: String
    let ids: [Int32]
    let offsets: [Int]
    let decoded: String
    let whole: String
  }

  private func records(_ name: String) throws -> [Record] {
    let path = Fixtures.path("Tokenizers/\(name)/expected.jsonl")
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
  }

  private static let kinds: [(name: String, kind: TokenizerKind)] = [
    ("llama3", .byteLevelBytePairs), ("qwen2", .byteLevelBytePairs), ("added", .byteLevelBytePairs),
    ("opt", .byteLevelBytePairs), ("wordpiece", .wordPiece), ("t5", .unigram),
    ("llama2", .byteFallbackBytePairs),
  ]

  @Test(arguments: kinds)
  func idsAndTextsAreTheReferences(name: String, kind: TokenizerKind) throws {
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/\(name)"))
    #expect(tokenizer.kind == kind)
    let records = try records(name)
    #expect(records.count > 60)
    for record in records {
      let text = record.text.debugDescription
      #expect(tokenizer.encode(record.text, addingSpecialTokens: true).ids == record.ids, "\(text)")
      #expect(Array(tokenizer.decode(record.ids).utf8) == Array(record.decoded.utf8), "\(text)")
      let whole = tokenizer.decode(record.ids, skippingSpecialTokens: false)
      #expect(Array(whole.utf8) == Array(record.whole.utf8), "\(text)")
    }
  }

  /// Where a normalizer takes the first character away, or joins several, offsets are our own.
  @Test(arguments: ["llama3", "opt", "llama2"])
  func offsetsAreTheReferencesWhereNothingIsNormalizedAway(name: String) throws {
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/\(name)"))
    for record in try records(name) {
      let offsets = tokenizer.encode(record.text, addingSpecialTokens: true).offsets
      #expect(
        offsets.flatMap { [$0.lowerBound, $0.upperBound] } == record.offsets,
        "\(record.text.debugDescription)")
    }
  }

  @Test(arguments: kinds.map(\.name))
  func streamedTextIsTheWholeText(name: String) throws {
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/\(name)"))
    for record in try records(name) {
      var stream = TextStream(tokenizer)
      var text = record.ids.map { stream.append($0) }.joined()
      text += stream.finish()
      #expect(Array(text.utf8) == Array(record.decoded.utf8), "\(record.text.debugDescription)")
    }
  }

  @Test func streamedTextWaitsForTheRestOfACharacter() throws {
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/llama3"))
    let ids = tokenizer.encode("\u{A7F7}").ids
    var stream = TextStream(tokenizer)
    let pieces = ids.map { stream.append($0) }
    #expect(ids.count > 1)
    #expect(pieces == [String](repeating: "", count: ids.count - 1) + ["\u{A7F7}"])
  }

  /// Eight times as long a word would take 64 times as long.
  @Test(arguments: ["llama3", "llama2", "t5"])
  func aLongWordTakesNoQuadraticTime(name: String) throws {
    let tokenizer = try TokenizerFolder.load(Fixtures.path("Tokenizers/\(name)"))
    func seconds(_ count: Int) -> Double {
      let word = String(repeating: "theof", count: count)
      let start = Self.processorTime
      let ids = tokenizer.encode(word).ids
      let time = Self.processorTime - start
      #expect(tokenizer.decode(ids) == word)
      return time
    }
    let short = (0..<3).map { _ in seconds(500) }.min() ?? 0
    #expect(seconds(4000) < 32 * short)
  }

  /// Seconds that this thread has computed, whatever else the machine does.
  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test func theRealMiniLMGetsItsFastReader() throws {
    let tokenizer = try TokenizerFolder.load(Fixtures.minilm)
    #expect(tokenizer is WordPieceTokenizer)
    #expect(tokenizer.encode("a", addingSpecialTokens: true).ids == [101, 1037, 102])
    #expect(tokenizer.encode("a", addingSpecialTokens: true).offsets == [0..<0, 0..<1, 0..<0])
  }

  @Test(arguments: [
    (#"{"model": {"type": "Sparse"}}"#, "model.type", "BPE"),
    (#"{"model": {"type": "BPE", "vocab": {"a": 0}}}"#, "model.merges", "value"),
    (
      #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}"#, "model.merges[0]", "two"
    ),
    (#"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#, "model.vocab", "id"),
    (bpe(#""normalizer": {"type": "Rot13"}"#), "normalizer.type", "known normalizer"),
    (
      bpe(
        #""normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": "AAA="}]}"#
      ),
      "normalizer.normalizers[0].precompiled_charsmap", "character map"
    ),
    (bpe(#""pre_tokenizer": {"type": "Scripts"}"#), "pre_tokenizer.type", "known pre-tokenizer"),
    (
      bpe(
        #""pre_tokenizer": {"type": "Split", "behavior": "Isolated", "pattern": {"Regex": "(a"}}"#),
      "pre_tokenizer.pattern.Regex", ")"
    ),
    (
      bpe(#""pre_tokenizer": {"type": "Split", "behavior": "Odd", "pattern": {"Regex": "a"}}"#),
      "pre_tokenizer.behavior", "Isolated"
    ),
    (bpe(#""post_processor": {"type": "Odd"}"#), "post_processor.type", "known post-processor"),
    (bpe(#""decoder": {"type": "CTC"}"#), "decoder.type", "known decoder"),
    (bpe(#""added_tokens": [{"content": "a", "id": 7}]"#), "added_tokens: a", "0"),
    (
      #"{"model": {"type": "Unigram", "unk_id": 3, "vocab": [["a", 0]]}}"#, "model.unk_id",
      "below 1"
    ),
  ])
  func aBrokenTokenizerIsAnErrorThatNamesTheKey(text: String, key: String, expected: String) throws
  {
    let folder = try TemporaryFolder()
    let path = try folder.write("tokenizer.json", text)
    let error = try #require(throws: TokenizerError.self) { try TokenizerFolder.load(folder.path) }
    #expect(error.file == path)
    #expect(error.what == key, "\(error)")
    #expect(error.expected.contains(expected), "\(error)")
  }

  private static func bpe(_ member: String) -> String {
    #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, \#(member)}"#
  }

  @Test func aBrokenMergeNamesItsLine() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("vocab.json", #"{"a": 0, "b": 1}"#)
    let path = try folder.write("merges.txt", "#version: 0.2\na b\n")
    let error = try #require(throws: TokenizerError.self) { try TokenizerFolder.load(folder.path) }
    #expect(error.file == path && error.what == "line 2")
  }

  @Test func aCutSentencePieceModelIsAnError() throws {
    let whole = Fixtures.path("Tokenizers/t5/spiece.model")
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: whole)))
    // Into the middle of the first piece, and into the length of the second.
    for count in [5, 3] {
      let folder = try TemporaryFolder()
      let path = try folder.write("spiece.model", Array(bytes.prefix(count)))
      let error = try #require(throws: TokenizerError.self) {
        try TokenizerFolder.load(folder.path)
      }
      #expect(error.file == path && error.expected == "a SentencePiece model")
    }
  }

  @Test func anEmptyFolderNamesWhatMayLieThere() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: TokenizerError.self) { try TokenizerFolder.load(folder.path) }
    #expect(error.expected.contains("spiece.model"))
  }
}
