import Foundation
import Models
import Retrieval
import Testing

@testable import Reading
@testable import Tuning

@Suite struct CombinationTuningTests {
  private let answerer: SpanAnswerer

  init() throws {
    let folder = try TemporaryFolder()
    let vocabulary = folder.path("vocab.txt")
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."]
    try Data(words.joined(separator: "\n").utf8).write(to: URL(filePath: vocabulary))
    let builder = WindowBuilder(
      tokenizer: try WordPieceTokenizer(vocabulary: vocabulary, settings: nil))
    let network = SpanNetwork(frozen: try TinyCheckpoint.load(seed: 2), .init(rank: 2))
    answerer = SpanAnswerer(
      reader: SpanReader(
        network: network.instance(network.initialParameters(seed: 1)), builder: builder),
      packer: PassagePacker(builder: builder), combination: AnswerCombination())
  }

  /// The span scores prefer "low" in the lower passage by `lead`, the passages "top" by 1.
  private func reading(lead: Float) -> SpanAnswerer.Reading {
    let ranked = zip(["top", "low"], [5.0, 4.0]).map {
      RankedPassage(passage: Passage(id: $0, title: "", text: $0), score: $1)
    }
    return SpanAnswerer.Reading(
      ranking: Ranking(question: Question(id: "q", text: "who"), passages: ranked),
      context: PackedContext(packed: ranked, dropped: 0, tokens: 9),
      spans: [
        [SpanCandidate(text: "top", range: 0..<3, score: 1)],
        [SpanCandidate(text: "low", range: 0..<3, score: 1 + lead)],
      ])
  }

  @Test func theWeightIsTakenThatAnswersMostQuestions() {
    // "top" is right where spans lead by 0.4, so 0.5 is the first weight that gets it; "low" is
    // right where they lead by 0.9, which 1 would undo.
    let readings = [reading(lead: 0.4), reading(lead: 0.4), reading(lead: 0.9)]
    let tuned = CombinationTuning(readings, answerer: answerer) { $1 == ["top", "top", "low"][$0] }
    #expect(tuned.combination.passageWeight == 0.5)
    #expect(tuned.accuracy == 1)
  }

  @Test func ofEquallyGoodWeightsTheSmallestIsTaken() {
    let tuned = CombinationTuning([reading(lead: 0.4)], answerer: answerer) { _, _ in false }
    #expect(tuned.combination.passageWeight == 0 && tuned.accuracy == 0)
  }

  @Test func theConfidenceLearnsWhichAnswersAreRight() {
    // Leads of more than 2 are right.
    let leads = (0..<40).map { Float($0) / 10 }
    let tuned = CombinationTuning(leads.map(reading), answerer: answerer) { index, text in
      text == "low" && leads[index] > 2
    }
    var fitted = answerer
    fitted.combination = tuned.combination
    let confidences = leads.map { fitted.decide(reading(lead: $0)).prediction.confidence }
    #expect(confidences[5] < 0.2 && confidences[38] > 0.8)
  }

  @Test func withholdingDoesNotDisturbTheFit() {
    var withholding = answerer
    withholding.abstainBelow = 1
    let tuned = CombinationTuning([reading(lead: 0.4)], answerer: withholding) { $1 == "low" }
    #expect(tuned.accuracy == 1)
  }

  @Test func questionsWithoutPassagesCountAsWrong() {
    let empty = SpanAnswerer.Reading(
      ranking: Ranking(question: Question(id: "q", text: "who"), passages: []),
      context: PackedContext(packed: [], dropped: 0, tokens: 3), spans: [])
    let some = CombinationTuning([empty, reading(lead: 0.4)], answerer: answerer) { $1 == "low" }
    #expect(some.accuracy == 0.5)
    let none = CombinationTuning([empty], answerer: answerer) { _, _ in false }
    #expect(none.combination == answerer.combination && none.accuracy == 0)
  }
}
