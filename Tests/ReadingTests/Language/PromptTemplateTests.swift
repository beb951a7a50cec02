import Retrieval
import Testing

@testable import Reading

@Suite struct PromptTemplateTests {
  private let passages = [
    Passage(id: "1", title: "Odyssey", text: "By Homer {question}."),
    Passage(id: "2", title: "", text: "Untitled."),
  ]

  @Test func ralmWritesWhatItsAuthorsWrite() {
    func prompt(_ count: Int) -> String {
      PromptTemplate.ralm.prompt(
        question: "Who wrote it", passages: Array(passages.prefix(count)), examples: [])
    }
    #expect(
      prompt(1)
        == "Odyssey\n\nBy Homer {question}.\n\n"
        + "Based on this text, answer these questions:\nQ: who wrote it?\nA:")
    #expect(
      prompt(2)
        == "Odyssey\n\nBy Homer {question}.\n\nUntitled.\n\n"
        + "Based on these texts, answer these questions:\nQ: who wrote it?\nA:")
    #expect(prompt(0) == "Answer these questions:\nQ: who wrote it?\nA:")
  }

  @Test func examplesStandBeforeTheQuestion() {
    let prompt = PromptTemplate.ralm.prompt(
      question: "is it?", passages: [],
      examples: [
        .init(question: "Was it", answer: "{question}"), .init(question: "b", answer: "c"),
      ])
    #expect(
      prompt == "Answer these questions:\nQ: was it?\nA: {question}\nQ: b?\nA: c\nQ: is it?\nA:")
  }

  @Test func unknownPlacesAndLoneBracesStayAsTheyAre() {
    let template = PromptTemplate(
      several: "{x} { {{question}} }", none: "", passage: "", example: "")
    let passage = Passage(id: "1", title: "", text: "")
    #expect(
      template.prompt(question: "q", passages: [passage, passage], examples: []) == "{x} { {q} }")
  }

  @Test(arguments: PromptTemplate.named.keys.sorted())
  func everyNamedTemplateHoldsWhatItIsGiven(name: String) throws {
    let template = try #require(PromptTemplate.named[name])
    for count in 0...2 {
      let prompt = template.prompt(
        question: "where?", passages: Array(passages.prefix(count)),
        examples: [.init(question: "when?", answer: "now")])
      #expect(prompt.contains("where?") && prompt.contains("when?") && prompt.contains("now"))
      #expect(prompt.contains("Homer") == (count > 0) && prompt.contains("Untitled") == (count > 1))
    }
  }
}
