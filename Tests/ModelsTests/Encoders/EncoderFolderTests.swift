import Foundation
import Testing

@testable import Models

/// What folders declare, and what is refused.
struct EncoderFolderTests {
  private let folder: TemporaryFolder
  /// A copy of the tiny encoder, to be changed.
  private let path: String
  private let frame = TextFrame(before: [2], after: [3])

  init() throws {
    folder = try TemporaryFolder()
    path = try EncoderGoldenTests.tiny("tiny-bert", in: folder)
  }

  private func write(_ json: String, _ path: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(json.utf8).write(to: url)
  }

  private static func modules(_ types: String...) -> String {
    let items = types.map { type in
      let path = type == "Transformer" ? "" : "1"
      return #"{"type":"sentence_transformers.models.\#(type)","path":"\#(path)"}"#
    }
    return "[\(items.joined(separator: ","))]"
  }

  @Test func realModelDeclaresMeanPoolingUnitLengthAnd256Tokens() throws {
    let encoder = try EncoderGoldenTests.minilm()
    #expect(encoder.width == 384)
    #expect(encoder.maxTokens == 256)
    #expect(encoder.prefixes == EncoderPrefixes())
    #expect(encoder.weightsSHA256.hasPrefix("53aa51172d142c89"))
    let vector = encoder.embed(["a town by the sea"]).vectors
    #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
  }

  @Test func aPlainFolderGivesTheMeanOfItsStates() throws {
    let encoder = try SentenceEncoder(folder: path, name: "tiny")
    var batch = RaggedBatch()
    batch.append(encoder.tokenizer.encode("who wrote it").ids, frame: frame)
    let states = encoder.network(batch)
    let mean = (0..<encoder.width).map { column in
      (0..<5).map { states[$0, column] }.reduce(0, +) / 5
    }
    #expect(largestDifference(encoder.embed(["who wrote it"]).vectors, mean) < 1e-6)
  }

  @Test func poolingOfTheFirstTokenAndPromptsAreTakenFromTheFolder() throws {
    try write(Self.modules("Transformer", "Pooling"), path + "/modules.json")
    try write(
      #"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}"#, path + "/1/config.json")
    try write(#"{"max_seq_length":4}"#, path + "/sentence_bert_config.json")
    try write(
      #"{"prompts":{"query":"who ","document":"it "}}"#,
      path + "/config_sentence_transformers.json")
    let encoder = try SentenceEncoder(folder: path, name: "tiny")
    #expect(encoder.maxTokens == 4)
    #expect(encoder.prefixes == EncoderPrefixes(question: "who ", passage: "it "))
    var batch = RaggedBatch()
    batch.append(encoder.tokenizer.encode("who wrote").ids, frame: frame)
    let (vectors, truncated) = encoder.embed(["who wrote it", "who wrote"])
    #expect(truncated == 1)
    let first = Array(encoder.network(batch).values.prefix(encoder.width))
    #expect(largestDifference(vectors, first + first) < 1e-6)
  }

  @Test(
    arguments: [
      (#"{"pooling_mode_least_tokens":true}"#, modules("Transformer", "Pooling")),
      (#"{"pooling_mode_cls_token":true,"pooling_mode_all":true}"#, modules("Pooling")),
      (#"{}"#, modules("Pooling")),
      (#"{"pooling_mode_cls_token":true}"#, modules("Transformer", "Pooling", "Dense")),
      (#"{"pooling_mode_cls_token":true}"#, #"[{"type":"a.Pooling","path":"../1"}]"#),
      (#"{"pooling_mode_cls_token":true}"#, #"[{"type":7}]"#),
    ])
  func modulesThatWeDoNotComputeAreRefused(pooling: String, modules: String) throws {
    try write(modules, path + "/modules.json")
    try write(pooling, path + "/1/config.json")
    #expect(throws: CheckpointError.self) { try SentenceEncoder(folder: path, name: "tiny") }
  }

  @Test(
    arguments: [
      (#""hidden_act": "gelu""#, #""hidden_act": "relu""#),
      (#""model_type": "bert""#, #""model_type": "electra""#),
    ])
  func relativesOfBERTAreRefused(own: String, other: String) throws {
    let config = try String(contentsOfFile: path + "/config.json", encoding: .utf8)
    #expect(config.contains(own))
    try write(config.replacingOccurrences(of: own, with: other), path + "/config.json")
    #expect(throws: CheckpointError.self) { try SentenceEncoder(folder: path, name: "tiny") }
  }

  @Test func aTokenizerWithMoreTokensThanTheWeightsIsRefused() throws {
    let words = try String(contentsOfFile: path + "/vocab.txt", encoding: .utf8)
    try write(words + "abbey\n", path + "/vocab.txt")
    #expect(throws: CheckpointError.self) { try SentenceEncoder(folder: path, name: "tiny") }
  }

  @Test func anEncoderWithoutAClassifierIsNoCrossEncoder() throws {
    #expect(throws: CheckpointError.self) { try CrossEncoder(folder: path, name: "tiny") }
  }

  /// What HuggingFace `tokenizers` keeps of such pairs.
  @Test(
    arguments: [
      ((3, 4), 7, (3, 4)), ((3, 5), 7, (3, 4)), ((5, 3), 7, (4, 3)), ((9, 9), 7, (3, 4)),
      ((10, 9), 7, (4, 3)), ((0, 9), 7, (0, 7)), ((4, 4), 7, (3, 4)),
    ])
  func theLongerTextLosesFirst(lengths: (Int, Int), limit: Int, kept: (Int, Int)) {
    #expect(longestFirst(lengths.0, lengths.1, limit: limit) == kept)
  }
}
