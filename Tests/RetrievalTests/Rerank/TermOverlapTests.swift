import Testing

@testable import Retrieval

struct TermOverlapTests {
  /// idf 3 for "blue", 2 for "whale", 1 for the rest.
  private let weights = TermWeights(analyzer: .english) { ["blue": 3, "whale": 2][$0] ?? 1 }

  private func row(_ question: String, title: String, text: String) throws -> FeatureRow {
    let terms = try QuestionTerms(question, weights)
    let passage = PassageTerms(Passage(id: "p", title: title, text: text), .english)
    var row = FeatureRow()
    TermOverlap(terms, passage).fill(&row)
    return row
  }

  @Test func countsWhatQuestionAndPassageShare() throws {
    // Terms: how (weighs nothing), heavi, blue 3, whale 2, heavi 1: in all 6.
    let row = try row(
      "how heavy is the blue whale", title: "Blue animals",
      text: "A whale swims. The blue whale is large.")
    #expect(row[.overlap] == 5 / 6 as Float)
    #expect(row[.titleOverlap] == 0.5)
    #expect(row[.windowOverlap] == 5 / 6 as Float)
    #expect(row[.titlePrecision] == 0.5)
    // Of (how, heavi), (heavi, blue), (blue, whale) the last.
    #expect(row[.bigrams] == 1 / 3 as Float)
    // "blue whale" of four terms.
    #expect(row[.longestRun] == 0.5)
  }

  @Test func theSumDoesNotHangOnTheOrderOfASet() throws {
    // Thirds and sevenths, whose sum in another order has another last digit.
    let weights = TermWeights(analyzer: .whitespace) { 1 / Float($0.dropFirst())! }
    let words = (3..<60).map { "w\($0)" }.joined(separator: " ")
    let terms = try QuestionTerms(words, weights)
    var row = FeatureRow()
    let passage = PassageTerms(Passage(id: "p", title: "", text: words), .whitespace)
    TermOverlap(terms, passage).fill(&row)
    #expect(row[.overlap] == 1)
  }

  @Test func aWindowHoldsWhatStandsTogether() throws {
    let filler = (0..<30).map { "filler\($0)" }.joined(separator: " ")
    let apart = try row("blue whale", title: "", text: "blue \(filler) whale")
    let together = try row("blue whale", title: "", text: "\(filler) blue and whale")
    #expect(apart[.overlap] == 1)
    #expect(apart[.windowOverlap] == 0.6)
    #expect(together[.windowOverlap] == 1)
  }

  @Test func nothingInCommonIsZero() throws {
    let row = try row("blue whale", title: "", text: "")
    #expect(row.values.allSatisfy { $0 == 0 })
    let empty = try self.row("?", title: "Blue", text: "whale")
    #expect(empty.values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [
    ("When did it open?", AnswerKind.date), ("how many legs has it", .number),
    ("who's there", .name), ("in what year was it", .date), ("the man who sang", .name),
  ])
  func questionWordsTellTheKind(question: String, kind: AnswerKind) {
    #expect(AnswerKind(question: question) == kind)
  }

  @Test func otherQuestionsHaveNoKind() {
    #expect(AnswerKind(question: "where is it and how is it made") == nil)
  }

  @Test func textsShowTheirKinds() {
    #expect(AnswerKind.found(in: "It opened in May, after all.") == [.date])
    #expect(AnswerKind.found(in: "In 1912 it sank.") == [.date, .number])
    #expect(AnswerKind.found(in: "It was Ada Lovelace with two dogs.") == [.name, .number])
    #expect(AnswerKind.found(in: "Paris, France is far.").isEmpty)
  }
}
