import Foundation
import Retrieval
import Testing

@testable import Reading

@Suite struct SpanAnswererTests {
  private let answerer: SpanAnswerer

  init() throws {
    let model = try FrozenMiniLM.load()
    let builder = model.narrowBuilder
    answerer = SpanAnswerer(
      reader: SpanReader(network: model.instance(seed: 1), builder: builder),
      packer: PassagePacker(builder: builder), combination: AnswerCombination())
  }

  private let ranking = Ranking(
    question: Question(id: "q", text: "who wrote it", answers: ["Homer"]),
    passages: [
      ranked("p", "the Homer", score: 5), ranked("r", "homer Virgil", score: 4),
      ranked("s", "unread", score: 1),
    ])

  /// Two passages were read: the first says "the Homer", the second "homer" and "Virgil".
  private func reading() -> SpanAnswerer.Reading {
    SpanAnswerer.Reading(
      ranking: ranking,
      context: PackedContext(packed: Array(ranking.passages[..<2]), dropped: 1, tokens: 12),
      spans: [
        [SpanCandidate(text: "the Homer", range: 0..<9, score: 1)],
        [
          SpanCandidate(text: "Virgil", range: 6..<12, score: 2.25),
          SpanCandidate(text: "homer", range: 0..<5, score: 2),
        ],
      ])
  }

  private func decide(weight: Double) -> Answered {
    var answerer = answerer
    answerer.combination.passageWeight = weight
    return answerer.decide(reading())
  }

  @Test func twoPlacesOutweighABetterSingleOne() {
    let answered = decide(weight: 0)
    #expect(answered.prediction.prediction == "homer")
    #expect(answered.prediction.evidence == .init(id: "r", start: 0, end: 5))
    #expect(abs(answered.candidates[0].score - 2.313_261_687_518_223) < 1e-12)
  }

  @Test func thePassageWeightMovesTheEvidenceToTheBetterPassage() {
    let answered = decide(weight: 2)
    // log(e^1 + e^0): the top passage's 1 and the next one's 2 − 2 · 1.
    #expect(abs(answered.candidates[0].score - 1.313_261_687_518_223) < 1e-12)
    #expect(answered.prediction.prediction == "the Homer")
    #expect(answered.prediction.evidence == .init(id: "p", start: 0, end: 9))
    #expect(answered.candidates[1].score == 0.25)
  }

  @Test func theConfidenceComesFromTheDocumentedFeatures() throws {
    let answered = decide(weight: 2)
    let values = try #require(answered.features).values
    let score = 1.313_261_687_518_223
    #expect(abs(values[0] - score) < 1e-12 && abs(values[1] - (score - 0.25)) < 1e-12)
    #expect(values[2...] == [1, 5])
    #expect(abs(answered.prediction.confidence - 0.731_058_578_630_005) < 1e-12)
    let alone = [AnswerCandidate(text: "x", score: 3, span: 2, passage: 0, range: 0..<1)]
    #expect(ConfidenceFeatures(alone, topPassage: 1).values == [3, 10, 2, 1])
  }

  @Test func anAnswerBelowTheThresholdIsWithheldWithItsEvidence() {
    let given = decide(weight: 2).prediction
    var answerer = answerer
    answerer.combination.passageWeight = 2
    answerer.abstainBelow = given.confidence
    #expect(answerer.decide(reading()).prediction == given)
    answerer.abstainBelow = given.confidence.nextUp
    let withheld = answerer.decide(reading()).prediction
    #expect(withheld.prediction == "" && withheld.evidence == nil)
    #expect(withheld.confidence == given.confidence && withheld.passages == given.passages)
  }

  @Test func thePredictionSaysWhatWasRead() {
    let passages = decide(weight: 0).prediction.passages
    #expect(passages.map(\.id) == ["p", "r", "s"])
    #expect(passages.map(\.rank) == [1, 2, 3])
    #expect(passages.map(\.packed) == [true, true, false])
    #expect(passages.map(\.score) == [5, 4, 1])
  }

  @Test func withoutPassagesThereIsNoAnswer() throws {
    let question = Question(id: "q", text: "who ran")
    let answered = try #require(answerer.answer([Ranking(question: question, passages: [])]).first)
    #expect(answered.prediction.prediction == "" && answered.prediction.evidence == nil)
    #expect(answered.prediction.confidence == 0 && answered.features == nil)
  }

  @Test func anAnswerIsCutFromItsPassage() throws {
    let text = "🏔 The café of Zürich was naïve; 1⁄2 of it stood in the 北京 quarter."
    let answered = answerer.answer([
      Ranking(
        question: Question(id: "q", text: "where"), passages: [ranked("p", title: "T", text)])
    ])[0]
    let evidence = try #require(answered.prediction.evidence)
    let cut = Array(text.unicodeScalars)[evidence.start..<evidence.end]
    #expect(Array(answered.prediction.prediction.unicodeScalars) == Array(cut))
    #expect(!cut.isEmpty)
  }

  @Test func theCombinationSurvivesAModulesSettings() {
    let combination = AnswerCombination(
      passageWeight: 0.1, bias: -1.0 / 3, weights: [1e-17, -2.5, .pi, 4e9])
    #expect(AnswerCombination(settings: combination.settings) == combination)
    #expect(AnswerCombination(settings: [:]) == AnswerCombination())
  }

  @Test func misspelledSettingsKeepTheirDefaults() {
    let names = AnswerCombination().settings.keys
    for text in ["", "nan", "1 2", "1 2 3 4 5 6", "1 2 x 4 5", "inf 1 1 1 1"] {
      let settings = Dictionary(uniqueKeysWithValues: names.map { ($0, text) })
      #expect(AnswerCombination(settings: settings) == AnswerCombination())
    }
  }
}
