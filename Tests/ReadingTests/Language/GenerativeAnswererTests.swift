import Retrieval
import Testing

@testable import Reading

@Suite struct GenerativeAnswererTests {
  private func answer(
    _ questions: [String], saying answers: [(String, Completion)], contextTokens: Int = 100,
    abstainBelow: Double = 0
  ) async throws -> [Answered] {
    let model = WordModel(answers: answers.map { (prompt: $0.0, completion: $0.1) })
    let packer = PromptPacker(model: model, template: .ralm, contextTokens: contextTokens)
    var answerer = GenerativeAnswerer(packer: packer, settings: CompletionSettings())
    answerer.abstainBelow = abstainBelow
    return try await answerer.answer(
      questions.map { text in
        Ranking(
          question: Question(id: text, text: text),
          passages: [ranked("p", "Homer wrote it.", score: 2), ranked("q", "Ovid did.", score: 1)])
      })
  }

  private let homer = Completion(text: " Homer\n", logProbabilities: [-0.1], isFinished: true)

  @Test func answersComeInOrderWithTheirEvidence() async throws {
    let ovid = Completion(text: "ovid", logProbabilities: nil, isFinished: true)
    let answered = try await answer(["one", "two"], saying: [("two", ovid), ("one", homer)])
    #expect(answered.map(\.prediction.prediction) == ["Homer", "ovid"])
    #expect(answered[0].prediction.evidence == .init(id: "p", start: 0, end: 5))
    #expect(answered[1].prediction.evidence == .init(id: "q", start: 0, end: 4))
    #expect(answered[1].prediction.confidence == 0.5)
    #expect(answered[0].prediction.passages.map(\.packed) == [true, true])
  }

  @Test func anAnswerThatStandsNowhereHasNoEvidence() async throws {
    let other = Completion(text: "Virgil", logProbabilities: [-1], isFinished: true)
    let answered = try await answer(["one"], saying: [("one", other)])
    #expect(answered[0].prediction.prediction == "Virgil")
    #expect(answered[0].prediction.evidence == nil)
  }

  @Test func doubtfulAnswersAreWithheld() async throws {
    let answered = try await answer(["one"], saying: [("one", homer)], abstainBelow: 0.95)
    #expect(answered[0].prediction.prediction == "" && answered[0].prediction.evidence == nil)
    #expect(abs(answered[0].prediction.confidence - 0.905) < 0.001)
  }

  @Test func questionsWithoutRoomKeepTheirPlace() async throws {
    let long = Array(repeating: "word", count: 200).joined(separator: " ")
    let answered = try await answer([long, "one"], saying: [("one", homer)])
    #expect(answered.map(\.prediction.prediction) == ["", "Homer"])
    #expect(answered[0].prediction.confidence == 0 && answered[0].context.packed.isEmpty)
  }
}
