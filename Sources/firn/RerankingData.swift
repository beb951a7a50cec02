import Evaluation
import Foundation
import Native
import Retrieval
import Tensors
import Tuning

/// Questions with their candidates from an index, and which of these are right: the passages that
/// the question names, or those that bear an answer where it names none.
struct RerankingData {
  let retriever: Retriever
  let features: RankingFeatures
  /// Candidates of a question.
  let candidates: Int
  /// The passages of a question by its words: a question that two files ask of two passages is
  /// answered by both.
  private let gold: [String: Set<String>]

  /// Questions whose features are computed together. Memory grows with it, and the number of times
  /// that a passage shared between questions is encoded falls.
  private static let chunk = 4096

  init(retriever: Retriever, features: RankingFeatures, candidates: Int, questions: [Question]) {
    self.retriever = retriever
    self.features = features
    self.candidates = candidates
    gold = Dictionary(
      questions.compactMap { question in
        question.goldPassage.map { (Self.key(question.text), [$0]) }
      }, uniquingKeysWith: { $0.union($1) })
  }

  /// A question's words, whatever their case and spacing.
  static func key(_ question: String) -> String {
    question.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// - Parameter progress: called with passages encoded and passages in all of a chunk.
  func examples(
    _ questions: [Question], progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws -> [RerankingExample] {
    var examples: [RerankingExample] = []
    for start in stride(from: 0, to: questions.count, by: Self.chunk) {
      let chunk = Array(questions[start..<min(start + Self.chunk, questions.count)])
      let requests = try zip(chunk, retriever.rank(chunk.map(\.text), top: candidates)).map {
        RerankingRequest(question: $0.text, candidates: $1)
      }
      let total = RankingFeatures.distinctPassages(requests)
      let features = try features(
        requests, weights: retriever.index.termWeights, progress: { progress($0, total) })
      let gold = gold
      examples += Parallel.map(chunk.count) {
        Self.judge(
          chunk[$0], requests[$0].candidates, features[$0], named: gold[Self.key(chunk[$0].text)])
      }
    }
    return examples
  }

  private static func judge(
    _ question: Question, _ candidates: [RetrievedPassage], _ features: Tensor, named: Set<String>?
  ) -> RerankingExample {
    let judge = HasAnswer(question.answers)
    let bears = candidates.map { judge.matches($0.passage.text) }
    guard let named else {
      return RerankingExample(features: features, gold: bears.indices.filter { bears[$0] })
    }
    let isGold = candidates.map { named.contains($0.passage.id) }
    return RerankingExample(
      features: features, gold: isGold.indices.filter { isGold[$0] },
      unjudged: isGold.indices.filter { !isGold[$0] && bears[$0] })
  }
}
