/// A question, with the answers that count as right when they are known.
package struct Question: Sendable, Codable, Equatable {
  package var id: String
  package var text: String
  /// Accepted alternatives; empty when unknown, or when the question has no answer.
  package var answers: [String]
  /// Id of the passage that the question was asked about.
  package var goldPassage: String?
  /// That passage itself, where it stands beside the question.
  package var passage: Passage?
  /// Whether the passage leaves the question unanswered, as SQuAD 2.0 and MRQA say; else nil.
  package var isImpossible: Bool?
  /// Where answers stand in the passage; empty when unknown.
  package var spans: [AnswerSpan] = []
  /// What raters of EfficientQA thought of answers that systems gave.
  package var ratedAnswers: RatedAnswers?
  /// Where KILT finds the answers in its knowledge source; empty when unknown.
  package var provenance: [Provenance] = []

  package init(
    id: String, text: String, answers: [String] = [], goldPassage: String? = nil,
    passage: Passage? = nil
  ) {
    self.id = id
    self.text = text
    self.answers = answers
    self.goldPassage = goldPassage
    self.passage = passage
  }

  /// The accepted answers and those that raters found definitely correct.
  package var extendedAnswers: [String] {
    var all = answers
    all.addDistinct((ratedAnswers?.correct ?? []))
    return all
  }
}

/// An answer at its place in a passage's text.
package struct AnswerSpan: Sendable, Codable, Equatable {
  package var text: String
  /// Unicode scalars before it.
  package var start: Int

  package init(text: String, start: Int) {
    self.text = text
    self.start = start
  }
}

/// Answers of systems as the raters of EfficientQA's test set judged them.
///
/// - Source: Min et al. 2021, arXiv:2101.00133.
package struct RatedAnswers: Sendable, Codable, Equatable {
  package var correct: [String]
  package var possiblyCorrect: [String]
  package var incorrect: [String]

  package init(correct: [String], possiblyCorrect: [String] = [], incorrect: [String] = []) {
    self.correct = correct
    self.possiblyCorrect = possiblyCorrect
    self.incorrect = incorrect
  }
}

/// A place in a page of KILT's knowledge source.
package struct Provenance: Sendable, Codable, Equatable {
  /// `wikipedia_id`
  package var page: String
  /// Of the page.
  package var title: String?
  package var section: String?
  package var startParagraph: Int?
  package var startCharacter: Int?
  package var endParagraph: Int?
  package var endCharacter: Int?
  /// How well the page's text matches the data set's, 0...1.
  package var bleu: Double?
  /// The answer that it supports; nil where none is named.
  package var answer: String?

  package init(page: String, title: String? = nil, answer: String? = nil) {
    self.page = page
    self.title = title
    self.answer = answer
  }
}

extension [String] {
  /// Appends the texts that are not there yet, scalar for scalar: Swift's `==` holds spellings for
  /// equal (é as one scalar and as two) that scorers tell apart.
  package mutating func addDistinct(_ texts: some Sequence<String>) {
    for text in texts where !contains(where: { $0.utf8.elementsEqual(text.utf8) }) {
      append(text)
    }
  }
}
