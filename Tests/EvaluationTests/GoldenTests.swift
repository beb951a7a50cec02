import Foundation
import Testing

@testable import Evaluation

/// Agreement with the published rules as Python runs them; `Fixtures/make_golden.py` is the recipe.
struct GoldenTests {
  struct Case: Decodable {
    let text: String
    let golds: [String]
    let answer: String
    let tokens: [String]
    let normalized: [String: String]
    let exactMatch: [String: Bool]
    let f1: [String: Double]
    let hasAnswer: Bool
    let kilt: Bool
  }

  let cases: [Case]

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/golden.json"))
    cases = try JSONDecoder().decode([Case].self, from: data)
    try #require(cases.count > 300)
  }

  @Test(arguments: AnswerNormalization.textual)
  func normalizationAgrees(rule: AnswerNormalization) throws {
    for entry in cases {
      let expected = try #require(entry.normalized[rule.rawValue])
      let found = rule.normalize(entry.text)
      if !found.unicodeScalars.elementsEqual(expected.unicodeScalars) {
        Issue.record("\(entry.text.debugDescription): expected \(expected), found \(found)")
      }
    }
  }

  @Test(arguments: AnswerNormalization.textual)
  func scoresAgree(rule: AnswerNormalization) throws {
    for entry in cases {
      let score = rule.score(entry.text, golds: entry.golds)
      let f1 = try #require(entry.f1[rule.rawValue])
      if score.exactMatch != entry.exactMatch[rule.rawValue] || abs(score.f1 - f1) > 1e-12 {
        Issue.record("\(entry.text.debugDescription) \(entry.golds): found \(score)")
      }
    }
  }

  @Test func tokensAgree() {
    for entry in cases {
      let found = SimpleTokenizer.joinedTokens(of: entry.text)
        .split(separator: SimpleTokenizer.boundary).map(Array.init)
      if found != entry.tokens.map({ Array($0.unicodeScalars) }) {
        Issue.record("\(entry.text.debugDescription): expected \(entry.tokens), found \(found)")
      }
    }
  }

  @Test func hasAnswerAgrees() {
    for entry in cases {
      let string = HasAnswer([entry.answer], rule: .string).matches(entry.text)
      let kilt = HasAnswer([entry.answer], rule: .kilt).matches(entry.text)
      if string != entry.hasAnswer || kilt != entry.kilt {
        Issue.record("\(entry.answer.debugDescription) in \(entry.text.debugDescription)")
      }
    }
    #expect(Set(cases.map(\.hasAnswer)).count == 2)
  }
}
