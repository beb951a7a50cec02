import Foundation
import Models
import Testing

@testable import Retrieval

struct LateInteractionRerankerTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "models/minilm").path

  private static func encoder() throws -> TokenEncoder {
    TokenEncoder(
      network: try BERT.load(Checkpoint(folder: folder)),
      tokenizer: try WordPieceTokenizer(folder: folder))
  }

  private let weights = TermWeights(analyzer: .english) { $0.count > 4 ? 5 : 2 }

  private let request = RerankingRequest(
    question: "who discovered the circulation of blood",
    candidates: [
      ("Blood donation", "Donated blood is kept in banks and given to patients after operations."),
      ("Circulation", "The circulation of a newspaper is the number of copies that it sells."),
      ("William Harvey", "Harvey first described how the heart pumps blood around the body."),
      ("Discovery of oxygen", "Joseph Priestley discovered oxygen when he heated mercuric oxide."),
    ].enumerated().map { index, texts in
      RetrievedPassage(
        row: index, passage: Passage(id: "\(index)", title: texts.0, text: texts.1),
        bm25: Float(4 - index), cosine: 0.5, retrieved: Float(4 - index), score: Float(4 - index))
    })

  /// A network that passes one feature on.
  private func reranker(_ feature: RankingFeature) throws -> LateInteractionReranker {
    let network = RankingNetwork()
    var parameters = [Float](repeating: 0, count: network.layout.count)
    parameters[feature.rawValue] = 1
    parameters[network.layout.slices[2].offset] = 1
    return LateInteractionReranker(
      encoder: try Self.encoder(),
      scale: FeatureScale(
        mean: [Float](repeating: 0, count: RankingFeature.count),
        deviation: [Float](repeating: 1, count: RankingFeature.count)),
      parameters: parameters, network: network)
  }

  @Test func lateInteractionPrefersThePassageThatAnswersToNearMisses() throws {
    let scores = try reranker(.maxSimLast).scores([request], weights: weights)[0]
    #expect(scores.indices.max { scores[$0] < scores[$1] } == 2)
  }

  @Test func sharedPassagesAndTheirOrderDoNotChangeScores() throws {
    let reranker = try reranker(.maxSimMiddle)
    let alone = try reranker.scores([request], weights: weights)[0]
    var other = RerankingRequest(
      question: "what is oxygen", candidates: request.candidates.reversed())
    other.candidates.removeLast()
    let together = try reranker.scores([other, request], weights: weights)
    #expect(together[0].count == 3)
    for (a, b) in zip(alone, together[1]) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func emptyListsAndQuestionsAreNoObstacle() throws {
    let reranker = try reranker(.maxSimLast)
    let none = RerankingRequest(question: "who", candidates: [])
    let blank = RerankingRequest(question: " ", candidates: request.candidates)
    let scores = try reranker.scores([none, blank], weights: weights)
    #expect(scores[0].isEmpty)
    #expect(scores[1].count == 4 && scores[1].allSatisfy(\.isFinite))
  }

  @Test func aModuleFileKeepsTheReranker() throws {
    let encoder = try Self.encoder()
    let network = RankingNetwork()
    let reranker = LateInteractionReranker(
      encoder: encoder,
      scale: FeatureScale(
        mean: (0..<RankingFeature.count).map(Float.init),
        deviation: [Float](repeating: 2, count: RankingFeature.count)),
      parameters: network.initialParameters(seed: 3), network: network)
    var module = ModuleFile(
      kind: LateInteractionReranker.kind, baseModel: "minilm", baseSHA256: "00",
      trainingData: "", seed: 3, steps: 0, toolVersion: "", devScore: "", command: "",
      settings: reranker.settings, tensors: reranker.tensors)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try module.save(path: path)
    let read = try LateInteractionReranker(
      ModuleFile(path: path, expectedBaseSHA256: "00"), encoder: encoder)
    // Module files hold float16: eleven bits of each number.
    let errors = zip(read.parameters, reranker.parameters).map { abs($0 - $1) - abs($1) / 2048 }
    #expect(errors.count == reranker.parameters.count && errors.allSatisfy { $0 <= 1e-7 })
    #expect(read.scale == reranker.scale)
    module.settings["features"] = "bm25 cosine"
    #expect(throws: CheckpointError.self) { try LateInteractionReranker(module, encoder: encoder) }
    module.kind = "reader"
    #expect(throws: CheckpointError.self) { try LateInteractionReranker(module, encoder: encoder) }
  }
}
