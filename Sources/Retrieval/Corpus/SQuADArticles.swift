import Foundation

/// A paragraph of a SQuAD article with the questions asked about it.
struct SQuADParagraph {
  let passage: Passage
  let questions: [Question]
}

/// Gives SQuAD's paragraphs ids, which they lack: the title in lower case with hyphens, `#` and
/// the paragraph's one-based number under that title. The same files in the same order give the
/// same ids, so questions know their passages.
struct ArticleIDs {
  private var counts: [String: Int] = [:]

  /// The paragraphs of one article.
  mutating func article(_ record: JSONRecord) throws -> [SQuADParagraph] {
    let title = try record.string("title").map(ArticleIDs.readable) ?? ""
    return try record.require("paragraphs", record.records).map { paragraph in
      let text = try paragraph.require("context", paragraph.string)
      let passage = Passage(id: next(title), title: title, text: text)
      let questions = try (paragraph.records("qas") ?? []).map {
        try ArticleIDs.question($0, about: passage)
      }
      return SQuADParagraph(passage: passage, questions: questions)
    }
  }

  private static func question(_ record: JSONRecord, about passage: Passage) throws -> Question {
    var question = Question(
      id: try record.require("id", record.id),
      text: try record.require("question", record.string),
      goldPassage: passage.id, passage: passage)
    for answer in try record.records("answers") ?? [] {
      let text = try answer.require("text", answer.string)
      question.answers.addDistinct([text])
      guard let start = try answer.integer("answer_start") else { continue }
      let span = AnswerSpan(text: text, start: start)
      if !question.spans.contains(span) { question.spans.append(span) }
    }
    question.isImpossible = try record.bool("is_impossible")
    return question
  }

  /// SQuAD's titles are taken from addresses: `Beyonc%C3%A9`, `Super_Bowl_50`.
  private static func readable(_ title: String) -> String {
    (title.removingPercentEncoding ?? title).replacingOccurrences(of: "_", with: " ")
  }

  /// What stands before the `#` of ids under a title.
  static func slug(_ title: String) -> String {
    let parts = title.lowercased().split { !$0.isLetter && !$0.isNumber }
    return parts.isEmpty ? "untitled" : parts.joined(separator: "-")
  }

  private mutating func next(_ title: String) -> String {
    let slug = ArticleIDs.slug(title)
    counts[slug, default: 0] += 1
    return "\(slug)#\(counts[slug, default: 0])"
  }
}
