import Foundation
import Models
import Native
import Tensors

/// Computes the features of many questions' candidates.
///
/// The work is turned around: each passage is encoded once, compared with every question that has it
/// as a candidate while its vectors are at hand, and forgotten. So a passage that many questions
/// share costs once, and memory does not grow with the passages.
package struct RankingFeatures: Sendable {
  package let encoder: TokenEncoder

  package init(encoder: TokenEncoder) { self.encoder = encoder }

  /// What a question's candidates are compared with.
  private struct PreparedQuestion: Sendable {
    let terms: QuestionTerms
    let vectors: QuestionVectors
  }

  /// Where a passage is a candidate.
  private struct Use: Sendable {
    let request, candidate: Int
  }

  /// A `[candidates, features]` for each request.
  ///
  /// - Parameter progress: called with passages done and passages in all, from any thread.
  /// - Throws: what `weights.idf` throws.
  package func callAsFunction(
    _ requests: [RerankingRequest], weights: TermWeights,
    progress: @Sendable (Int) -> Void = { _ in }
  ) throws -> [Tensor] {
    let questions = try prepare(requests.map(\.question), weights)
    let (passages, uses) = gather(requests)
    let groups = ragged(lengths: passages.map { $0.text.utf8.count / 4 + 8 })
    let results = Parallel.map(groups.count) { index in
      let group = groups[index]
      let vectors = encoder.encode(group.map { passages[$0] })
      let rows = zip(group, vectors).map { passage, vectors in
        let terms = PassageTerms(passages[passage], weights.analyzer)
        return uses[passage].map { compare(questions[$0.request], terms, vectors) }
      }
      progress(group.count)
      return rows
    }
    var rows = requests.map { [FeatureRow](repeating: FeatureRow(), count: $0.candidates.count) }
    for (passage, found) in zip(groups.joined(), results.joined()) {
      for (use, row) in zip(uses[passage], found) { rows[use.request][use.candidate] = row }
    }
    return requests.indices.map { index in
      ListFeatures.fill(&rows[index], requests[index], terms: questions[index].terms)
      return Tensor(
        rows: rows[index].count, width: RankingFeature.count,
        values: rows[index].flatMap(\.values))
    }
  }

  /// Distinct passages that the requests name.
  package static func distinctPassages(_ requests: [RerankingRequest]) -> Int {
    Set(requests.flatMap { $0.candidates.map(\.passage.id) }).count
  }

  private func prepare(_ questions: [String], _ weights: TermWeights) throws
    -> [PreparedQuestion]
  {
    let terms = try Parallel.map(questions.count) { try QuestionTerms(questions[$0], weights) }
    let encodings = Parallel.map(questions.count) { encoder.tokens(of: questions[$0]) }
    let groups = ragged(lengths: encodings.map { $0.count + 2 })
    let vectors = Parallel.map(groups.count) { group in
      encoder.vectors(
        groups[group].map { encodings[$0].ids }, titles: groups[group].map { _ in 0 })
    }
    var prepared = [PreparedQuestion?](repeating: nil, count: questions.count)
    for (question, vectors) in zip(groups.joined(), vectors.joined()) {
      let tokenWeights = QuestionVectors.weights(
        questions[question], encodings[question], terms: terms[question], weights.analyzer)
      prepared[question] = PreparedQuestion(
        terms: terms[question],
        vectors: QuestionVectors(states: vectors.states, weights: tokenWeights))
    }
    return prepared.compactMap { $0 }
  }

  private func gather(_ requests: [RerankingRequest]) -> (passages: [Passage], uses: [[Use]]) {
    var numbers: [String: Int] = [:]
    var passages: [Passage] = []
    var uses: [[Use]] = []
    for (request, entry) in requests.enumerated() {
      for (candidate, passage) in entry.candidates.map(\.passage).enumerated() {
        let use = Use(request: request, candidate: candidate)
        if let number = numbers[passage.id] {
          uses[number].append(use)
        } else {
          numbers[passage.id] = passages.count
          passages.append(passage)
          uses.append([use])
        }
      }
    }
    return (passages, uses)
  }

  /// The features that hang on question and passage alone.
  private func compare(
    _ question: PreparedQuestion, _ terms: PassageTerms, _ vectors: TokenVectors
  ) -> FeatureRow {
    var row = FeatureRow()
    TermOverlap(question.terms, terms).fill(&row)
    row[.length] = log(1 + Float(terms.title.count + terms.text.count))
    row[.answerKind] = question.terms.kind.map { terms.kinds.contains($0) ? 1 : 0 } ?? 0.5
    lateInteraction(question.vectors, vectors, &row)
    return row
  }

  private func lateInteraction(
    _ question: QuestionVectors, _ passage: TokenVectors, _ row: inout FeatureRow
  ) {
    let weights = question.weights
    if weights.isEmpty { return }
    let scores: [RankingFeature] = [.maxSimEarly, .maxSimMiddle, .maxSimLast]
    for (depth, feature) in scores.enumerated() {
      let similarities = MaxSim.similarities(question.states[depth], passage.states[depth])
      let best = MaxSim.best(similarities, columns: 0..<similarities.width)
      row[feature] = MaxSim.score(best, weights: weights)
      guard feature == .maxSimLast else { continue }
      row[.maxSimPlain] = best.reduce(0, +) / Float(best.count)
      row[.maxSimWeakest] = zip(best, weights).filter { $0.1 > 0 }.map(\.0).min() ?? 0
      row[.maxSimTitle] = MaxSim.score(
        MaxSim.best(similarities, columns: passage.title), weights: weights)
    }
  }
}
