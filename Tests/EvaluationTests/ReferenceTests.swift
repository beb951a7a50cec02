import Foundation
import Testing

@testable import Evaluation

/// Agreement with trec_eval, SciPy, statsmodels and SQuAD's script; `Fixtures/make_references.py`
/// is the recipe.
struct ReferenceTests {
  struct References: Decodable {
    struct Ranked: Decodable {
      let id: String
      let score: Double
    }
    struct Ranking: Decodable {
      let run: [Ranked]
      let qrels: [String: Int]
      let expected: [String: Double]
    }
    struct Paired: Decodable {
      let a: [Double]
      let b: [Double]
      let randomization: Double
      let mcnemar: Double
      let cohensD: Double?
      let value: Double
      let low: Double
      let high: Double
      let bootstrap: Double
    }
    struct Answer: Decodable {
      let answerable: Bool
      let prediction: String
      let score: Double
      let confidence: Double
    }
    struct Threshold: Decodable {
      let answers: [Answer]
      let value: Double
      let confidence: Double
    }
    struct Family: Decodable {
      let p: [Double]
      let adjusted: [Double]
    }
    let rankings: [Ranking]
    let paired: [Paired]
    let thresholds: [Threshold]
    let holm: [Family]
  }

  static let tolerance = 1e-12
  let references: References

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/references.json"))
    references = try JSONDecoder().decode(References.self, from: data)
    try #require(references.rankings.count > 40 && references.paired.count > 30)
  }

  private func close(_ found: Double?, _ expected: Double?) -> Bool {
    guard let found, let expected else { return found == nil && expected == nil }
    return abs(found - expected) <= Self.tolerance * max(1, abs(expected))
  }

  @Test func rankingsAgreeWithTRECEval() {
    for (number, entry) in references.rankings.enumerated() {
      let ranked = RankedQuestion(
        id: "q", scored: entry.run.map { ($0.id, $0.score) }, qrels: entry.qrels)
      for (name, expected) in entry.expected {
        let found = value(of: name, ranked)
        if !close(found, expected) {
          Issue.record("ranking \(number), \(name): expected \(expected), found \(found as Any)")
        }
      }
      #expect(entry.expected.count == 18)
    }
  }

  private func value(of name: String, _ ranked: RankedQuestion) -> Double? {
    switch name {
    case "map": return ranked.averagePrecision
    case "recip_rank": return ranked.reciprocalRank
    case "Rprec": return ranked.rPrecision
    default:
      guard let split = name.lastIndex(of: "_"), let k = Int(name[name.index(after: split)...])
      else { return nil }
      switch name[..<split] {
      case "ndcg_cut": return ranked.ndcg(at: k)
      case "P": return ranked.precision(at: k)
      case "recall": return ranked.relevantRecall(at: k)
      default: return nil
      }
    }
  }

  @Test func testsOfPairedScoresAgreeWithSciPy() {
    for (number, entry) in references.paired.enumerated() {
      let scores = PairedScores(a: entry.a, b: entry.b)
      let isBinary = entry.a.allSatisfy { $0 == 0 || $0 == 1 }
      #expect(close(scores.randomizationTest(), entry.randomization), "\(number)")
      #expect(close(scores.mcNemarTest(), isBinary ? entry.mcnemar : nil), "\(number)")
      #expect(close(scores.effectSize.cohensD, entry.cohensD), "\(number)")
    }
  }

  @Test func bootstrapAgreesWithItsDefinition() throws {
    for (number, entry) in references.paired.enumerated() {
      let bootstrap = Bootstrap(resamples: 300, seed: UInt64(number))
      let scores = PairedScores(a: entry.a, b: entry.b)
      let found = try #require(scores.difference(bootstrap))
      let expected = [entry.value, entry.low, entry.high]
      for (one, other) in zip([found.value, found.low, found.high], expected) {
        #expect(close(one, other), "\(number)")
      }
      #expect(close(scores.bootstrapTest(bootstrap), entry.bootstrap), "\(number)")
    }
  }

  @Test func thresholdsAgreeWithTheScriptOfSQuAD() throws {
    for entry in references.thresholds {
      let answers = try entry.answers.map {
        try ScoredAnswer(
          id: "", prediction: $0.prediction, golds: $0.answerable ? ["x"] : [],
          confidence: $0.confidence)
      }
      let best = try #require(
        AbstentionThreshold(answers: answers, scores: entry.answers.map(\.score)))
      #expect(close(best.value, entry.value))
      #expect(close(best.confidence, entry.confidence))
    }
  }

  @Test func adjustmentAgreesWithStatsmodels() {
    for family in references.holm {
      for (found, expected) in zip(holmAdjusted(family.p), family.adjusted) {
        #expect(close(found, expected))
      }
    }
  }
}
