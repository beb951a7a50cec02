import Evaluation
import Foundation
import Retrieval

/// A question on which systems do not all score the same: one line of `--differences`.
///
/// It encodes as `{"id", "question", "answers", "systems": [{"file", ...}]}` with `prediction`, `em`
/// and `f1` of each system's answer, or with the `rank` of its first relevant passage (absent where
/// it has none).
struct SystemDifference: Encodable {
  struct Outcome: Encodable {
    let file: String
    var prediction: String?
    var em: Bool?
    var f1: Double?
    var rank: Int?
  }
  let id: String
  var question: String?
  var answers: [String]?
  let systems: [Outcome]

  /// The answers that differ in exact match or F1.
  /// - Requires: of each system the answers to the same questions, in one order.
  static func between(
    _ answers: [[ScoredAnswer]], of files: [String], on questions: [Question],
    _ normalization: AnswerNormalization
  ) -> [SystemDifference] {
    let byID = Dictionary(uniqueKeysWithValues: questions.map { ($0.id, $0) })
    return (answers.first ?? []).indices.compactMap { place in
      let scores = answers.map {
        normalization.score($0[place].prediction, golds: $0[place].golds)
      }
      if scores.allSatisfy({ $0 == scores[0] }) { return nil }
      let outcomes = files.indices.map { system in
        Outcome(
          file: files[system], prediction: answers[system][place].prediction,
          em: scores[system].exactMatch, f1: scores[system].f1)
      }
      return SystemDifference(byID, answers[0][place].id, outcomes)
    }
  }

  /// The rankings whose first relevant passages differ in rank.
  /// - Requires: of each system the rankings for the same questions, in one order.
  static func between(
    _ rankings: [[RankedQuestion]], of files: [String], on questions: [Question]
  ) -> [SystemDifference] {
    let byID = Dictionary(uniqueKeysWithValues: questions.map { ($0.id, $0) })
    return (rankings.first ?? []).indices.compactMap { place in
      let ranks = rankings.map { $0[place].firstRelevantRank }
      if ranks.allSatisfy({ $0 == ranks[0] }) { return nil }
      let outcomes = zip(files, ranks).map { Outcome(file: $0, rank: $1) }
      return SystemDifference(byID, rankings[0][place].id, outcomes)
    }
  }

  private init(_ questions: [String: Question], _ id: String, _ systems: [Outcome]) {
    self.id = id
    question = questions[id]?.text
    answers = questions[id]?.answers
    self.systems = systems
  }

  /// The record's line, without its end.
  static func line(_ difference: SystemDifference) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(difference), as: UTF8.self)
  }
}
