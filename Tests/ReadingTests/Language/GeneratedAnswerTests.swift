import Foundation
import Retrieval
import Testing

@testable import Reading

@Suite struct GeneratedAnswerTests {
  @Test(arguments: [
    (" Homer", "Homer"), ("\n\n  Homer \nQ: more", "Homer"), ("\"The Aeneid\"", "The Aeneid"),
    ("Homer.", "Homer"), ("J. R. R. Tolkien", "J. R. R. Tolkien"), ("U.S.", "U.S."),
    ("“Ilium”", "Ilium"), ("", ""), (" \n ", ""), ("\"", "\""),
  ])
  func theFirstLineIsTheAnswer(completion: String, answer: String) {
    #expect(GeneratedAnswer.text(of: completion) == answer)
  }

  @Test func confidenceIsTheProbabilityOfTheWholeAnswer() {
    func confidence(_ logarithms: [Float]?) -> Double {
      GeneratedAnswer.confidence(
        Completion(text: "", logProbabilities: logarithms, isFinished: true))
    }
    #expect(abs(confidence([log(0.5), log(0.25)]) - 0.125) < 1e-6)
    #expect(confidence([1e-7]) == 1 && confidence(nil) == 0.5)
  }

  private let passages = [
    Passage(id: "a", title: "", text: "É a ilha; nothing else."),
    Passage(id: "b", title: "", text: "In the 🏛️ city, the New-York Times said so. New York too."),
  ]

  private func marked(_ answer: String) -> String? {
    guard let evidence = GeneratedAnswer.evidence(for: answer, in: passages),
      let passage = passages.first(where: { $0.id == evidence.id })
    else { return nil }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: Array(passage.text.unicodeScalars)[evidence.start..<evidence.end])
    return "\(passage.id): \(String(text))"
  }

  @Test(arguments: [
    ("new york", "b: New-York"), ("The New York Times", "b: New-York Times"),
    ("a ilha", "a: ilha"), ("so", "b: so"), ("NEW YORK, too!", "b: New York too"),
    ("york city", nil), ("", nil), ("?", nil), ("ew", nil),
  ])
  func evidenceIsWhereTheWordsStand(answer: String, evidence: String?) {
    #expect(marked(answer) == evidence)
  }
}
