import Foundation
import Tensors
import Testing

@testable import Models

/// BERT's relatives against sentence-transformers and transformers
/// (`Fixtures/Encoders/make_families.py`), tiny networks in float64.
struct EncoderFamilyTests {
  struct Expected: Decodable {
    struct Text: Decodable {
      let title: String?
      let text: String
      let ids: [Int32]
      let vector: [Float]
    }
    struct Pair: Decodable {
      let question, passage: String
      let logits: [Float]
    }
    let texts: [Text]
    let pairs: [Pair]
  }

  static let all = [
    "tiny-roberta", "tiny-xlm-roberta", "tiny-distilbert", "tiny-mpnet", "tiny-dpr-question",
    "tiny-dpr-passage",
  ]

  /// Where the vectors' differences to the reference's are bounded.
  private let tolerance = EncoderGoldenTests.tolerance
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expected(_ name: String) throws -> Expected {
    let path = Fixtures.path("Encoders/\(name)/expected.json")
    return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(filePath: path)))
  }

  private func change(_ file: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains(old))
    try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: file))
  }

  @Test(arguments: all)
  func tokensAndVectorsAreTheReferences(name: String) throws {
    let opened = try EncoderFolder(EncoderGoldenTests.tiny(name, in: folder))
    let encoder = try SentenceEncoder(opened, name: name)
    let expected = try expected(name).texts
    let texts = expected.map { record in
      [record.title ?? "", record.text].filter { !$0.isEmpty }
        .joined(separator: encoder.titleSeparator)
    }
    for (text, record) in zip(texts, expected) {
      let ids = encoder.tokenizer.encode(text).ids
      let frame = opened.frame
      let kept = ids.prefix(encoder.maxTokens - frame.count)
      #expect(frame.before + kept + frame.after == record.ids, "\(text)")
    }
    let (vectors, truncated) = encoder.embed(texts)
    #expect(encoder.width == expected[0].vector.count)
    #expect(truncated == 1)
    #expect(largestDifference(vectors, expected.flatMap(\.vector)) < tolerance)
  }

  @Test(arguments: ["tiny-roberta", "tiny-xlm-roberta", "tiny-distilbert", "tiny-mpnet"])
  func logitsOfPairsAreTheReferences(name: String) throws {
    let encoder = try CrossEncoder(
      folder: EncoderGoldenTests.tiny(name, in: folder), name: name)
    let pairs = try expected(name).pairs
    let scores = encoder.score(pairs: pairs.map { ($0.question, $0.passage) }).scores
    #expect(largestDifference(scores, pairs.flatMap(\.logits)) < tolerance)
  }

  @Test func sentencePieceAloneGivesTheSameTokens() throws {
    let path = try EncoderGoldenTests.tiny("tiny-xlm-roberta", in: folder)
    try FileManager.default.removeItem(atPath: path + "/tokenizer.json")
    let encoder = try SentenceEncoder(folder: path, name: "tiny")
    let expected = try expected("tiny-xlm-roberta").texts
    // Where the longest one is cut is told by a file that goes with tokenizer.json.
    let vectors = encoder.embed(expected.map(\.text)).vectors
    #expect(largestDifference(vectors, expected.flatMap(\.vector)) < tolerance)
  }

  @Test func contrieverIsABERTWhoseStatesAreAveraged() throws {
    let path = try EncoderGoldenTests.tiny("tiny-bert", in: folder)
    let plain = try SentenceEncoder(folder: path, name: "tiny")
    try change(path + "/config.json", "BertModel", "Contriever")
    let encoder = try SentenceEncoder(folder: path, name: "contriever")
    #expect(encoder.pooling == "mean, at most 64 tokens")
    #expect(encoder.embed(["who"]).vectors == plain.embed(["who"]).vectors)
  }

  @Test func poolingAndPromptsAreStatedInWords() throws {
    let encoder = try SentenceEncoder(
      folder: EncoderGoldenTests.tiny("tiny-xlm-roberta", in: folder), name: "tiny")
    #expect(encoder.pooling == "mean, unit length, at most 48 tokens")
    #expect(encoder.prefixes == EncoderPrefixes(question: "query: ", passage: "passage: "))
    let projected = try SentenceEncoder(
      folder: EncoderGoldenTests.tiny("tiny-distilbert", in: folder), name: "tiny")
    #expect(projected.pooling.hasPrefix("mean_sqrt_len_tokens, tanh of 12 by "))
    #expect(projected.width == 6)
  }

  @Test(arguments: [
    ("intfloat/e5-small-v2", "query: ", "passage: "),
    ("models/multilingual-e5-base", "query: ", "passage: "),
    ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
  ])
  func prefixesThatFoldersDoNotDeclareGoByTheName(name: String, question: String, passage: String)
    throws
  {
    let path = try EncoderGoldenTests.tiny("tiny-bert", in: folder)
    let encoder = try SentenceEncoder(folder: path, name: name)
    #expect(encoder.prefixes == EncoderPrefixes(question: question, passage: passage))
  }

  @Test(arguments: ["minilm", "e5-mistral-7b-instruct", "bge-m3", "some/e5"])
  func otherNamesGetNoPrefixes(name: String) {
    #expect(EncoderPrefixes(customaryFor: name) == nil)
  }

  @Test(arguments: [
    ("config.json", #""model_type": "roberta""#, #""model_type": "deberta""#),
    ("config.json", #""pad_token_id": 1"#, #""pad_token_id": 70"#),
    ("config.json", #""max_position_embeddings": 64"#, #""max_position_embeddings": 60"#),
    ("config.json", #""max_position_embeddings": 64"#, #""max_position_embeddings": 5"#),
    ("1_Pooling/config.json", #""max""#, #""maximum""#),
    ("1_Pooling/config.json", #""include_prompt": true"#, #""include_prompt": false"#),
    ("modules.json", #""path": """#, #""path": "0_Transformer""#),
  ])
  func otherRobertasAreRefusedWithTheirFile(file: String, old: String, new: String) throws {
    let path = try EncoderGoldenTests.tiny("tiny-roberta", in: folder)
    try change("\(path)/\(file)", old, new)
    let error = try #require(throws: CheckpointError.self) {
      try SentenceEncoder(folder: path, name: "tiny")
    }
    #expect(error.file.hasPrefix(path))
  }

  @Test(arguments: [
    ("2_Dense/config.json", #""in_features": 20"#, #""in_features": 21"#),
    ("2_Dense/config.json", #""out_features": 12"#, #""out_features": 13"#),
    ("2_Dense/config.json", "activation.Tanh", "activation.Hardswish"),
    ("4_Dense/config.json", #""bias": false"#, #""bias": true"#),
  ])
  func otherProjectionsAreRefused(file: String, old: String, new: String) throws {
    let path = try EncoderGoldenTests.tiny("tiny-distilbert", in: folder)
    try change("\(path)/\(file)", old, new)
    #expect(throws: CheckpointError.self) { try SentenceEncoder(folder: path, name: "tiny") }
  }

  /// Measured: 0.9957 at worst; of passages of 100 words 0.9973. Less for single words (0.994).
  @Test func anEncoderOnEightBitIntegersPointsWhereTheExactOneDoes() throws {
    let records: [EncoderGoldenTests.TextRecord] = try EncoderGoldenTests.records("minilm.json")
    let texts = records.map(\.text).filter { $0.count > 10 }
    let exact = try EncoderGoldenTests.minilm()
    let rounded = try SentenceEncoder(folder: Fixtures.minilm, name: "minilm", .int8)
    let (a, b) = (exact.embed(texts).vectors, rounded.embed(texts).vectors)
    let cosines = texts.indices.map { text in
      (0..<384).reduce(0 as Float) { $0 + a[text * 384 + $1] * b[text * 384 + $1] }
    }
    #expect(cosines.allSatisfy { $0 > 0.995 }, "\(cosines.map { $0 })")
  }
}
