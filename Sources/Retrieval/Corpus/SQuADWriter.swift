/// Builds SQuAD's JSON question by question: neighbours with one title form an article, neighbours
/// with one passage a paragraph.
struct SQuADWriter {
  private var title: String?
  private var passage: Passage?
  private var isVersion2 = false

  /// The text that the question adds to the file.
  mutating func add(_ question: Question, _ passage: Passage, _ losses: LossReport) -> String {
    var text = self.passage == nil ? "{\"data\": [" : ""
    let isNewArticle = title != passage.title
    let isNewParagraph = isNewArticle || self.passage != passage
    if isNewParagraph, self.passage != nil { text += "]}" }
    if isNewArticle {
      if title != nil { text += "]},\n" }
      text += "{\"title\": \(JSONText.quoted(passage.title)), \"paragraphs\": ["
    } else if isNewParagraph {
      text += ",\n"
    }
    if isNewParagraph { text += "{\"context\": \(JSONText.quoted(passage.text)), \"qas\": [" }
    text += isNewParagraph ? "\n" : ",\n"
    title = passage.title
    self.passage = passage
    isVersion2 = isVersion2 || question.isImpossible != nil
    return text + SQuADWriter.json(question, passage, losses).line
  }

  /// The text that ends the file.
  func finish() -> String {
    let version = isVersion2 ? "v2.0" : "1.1"
    return (passage == nil ? "{\"data\": [" : "]}]}") + "], \"version\": \"\(version)\"}\n"
  }

  private static func json(
    _ question: Question, _ passage: Passage, _ losses: LossReport
  ) -> JSONText {
    let answers = question.placedAnswers(in: passage, losses).map { span in
      JSONText.object([("text", .string(span.text)), ("answer_start", .integer(span.start))])
    }
    var fields = JSONMembersBuilder()
    fields.add("id", .string(question.id))
    fields.add("question", .string(question.text))
    fields.add("answers", .array(answers))
    fields.add("is_impossible", question.isImpossible.map(JSONText.bool))
    return fields.object
  }
}

extension Question {
  /// The answers with their places: those known, and for others the first place that spells them.
  /// Answers that do not stand in the passage are a loss.
  func placedAnswers(in passage: Passage, _ losses: LossReport) -> [AnswerSpan] {
    var placed = spans
    for answer in answers where !spans.contains(where: { $0.text.utf8.elementsEqual(answer.utf8) })
    {
      if let start = passage.firstPlace(of: answer) {
        placed.append(AnswerSpan(text: answer, start: start))
      } else {
        losses.add("answers that do not stand in the passage")
      }
    }
    return placed
  }
}

extension Passage {
  /// Unicode scalars before the first place in the text that spells `answer`, scalar for scalar.
  package func firstPlace(of answer: String) -> Int? {
    let (text, wanted) = (Array(text.utf8), Array(answer.utf8))
    guard let first = wanted.first, wanted.count <= text.count else { return nil }
    for start in 0...(text.count - wanted.count)
    where text[start] == first && text[start..<(start + wanted.count)].elementsEqual(wanted) {
      return text[..<start].count { $0 & 0xC0 != 0x80 }
    }
    return nil
  }
}
