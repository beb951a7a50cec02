import Foundation
import Models
import Retrieval
import Testing

/// What an index keeps of its encoder, and whom it takes it for.
struct EncoderDescriptionTests {
  private static var whole: EncoderDescription {
    var encoder = EncoderDescription(
      name: "toy", checksum: "00", dimension: Toy.dimension, pooling: "cls, at most 9 tokens")
    encoder.prefixes = EncoderPrefixes(question: "query: ", passage: "passage: ")
    encoder.precision = .int8
    encoder.questions = .init(name: "other", checksum: "11", pooling: "mean")
    return encoder
  }

  private func settings(_ encoder: EncoderDescription) -> IndexSettings {
    IndexSettings(encoder: encoder)
  }

  @Test func anIndexKeepsAllOfIt() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3), settings: settings(Self.whole), encoder: Toy.encode)
    #expect(try index.open().info.settings.encoder == Self.whole)
  }

  @Test(arguments: [
    \EncoderDescription.checksum, \.pooling, \.prefixes.passage, \.prefixes.question,
  ])
  func anotherEncoderIsRefused(field: WritableKeyPath<EncoderDescription, String> & Sendable) throws
  {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3), settings: settings(Self.whole), encoder: Toy.encode)
    var other = Self.whole
    other[keyPath: field] += "x"
    let error = try #require(throws: IndexError.self) {
      try index.build(Toy.passages(3), settings: settings(other), encoder: Toy.encode)
    }
    #expect(error.kind == .mismatch)
    #expect(error.expected == other.summary && error.found == Self.whole.summary)
  }

  @Test func anotherPrecisionOrQuestionEncoderIsRefused() throws {
    var exact = Self.whole
    exact.precision = .float32
    var alone = Self.whole
    alone.questions = nil
    #expect(!exact.agrees(with: Self.whole) && !alone.agrees(with: Self.whole))
    var renamed = Self.whole
    renamed.name = "models/toy"
    renamed.questions?.name = "models/other"
    #expect(renamed.agrees(with: Self.whole))
  }

  @Test func aMatrixFillsAnIndexAndComesBackOutOfIt() throws {
    let passages = Toy.passages(10)
    let index = TemporaryIndex()
    let short = try Toy.matrix(passages.dropLast())
    let error = try #require(throws: InputError.self) {
      try index.build(passages, settings: Toy.settings, matrix: short)
    }
    #expect(error.file == short.path && error.found == "9")
    try index.build(passages, settings: Toy.settings, matrix: Toy.matrix(passages))
    let encoded = TemporaryIndex()
    try encoded.build(passages, settings: Toy.settings, encoder: Toy.encode)
    #expect(try index.open().info == encoded.open().info)
    let vectors = Toy.encode(passages)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).npy").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try index.open().exportVectors(to: path)
    #expect(try NumPyMatrix(path: path).rows(0..<10) == vectors)
    try IndexRemoval.remove(ids: ["p1"], path: index.path)
    try index.open().exportVectors(to: path)
    let rest = vectors.prefix(3) + vectors.dropFirst(6)
    #expect(try NumPyMatrix(path: path).rows(0..<9) == Array(rest))
  }
}
