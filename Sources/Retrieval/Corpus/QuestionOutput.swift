/// The question formats that can be written; raw values are the names that users type.
package enum QuestionOutput: String, Sendable, CaseIterable {
  case jsonl, dpr, squad, mrqa, kilt, flashrag, beir, trec, drqa, text
  case nqOpen = "nq-open"

  /// What a format has a place for.
  var carries: Set<QuestionField> {
    switch self {
    case .jsonl:
      [.id, .answers, .passage, .passageTitle, .gold, .isImpossible, .rated, .firstSpan]
    case .nqOpen: [.answers, .rated]
    case .drqa, .dpr: [.answers]
    case .flashrag: [.id, .answers]
    case .squad: [.id, .answers, .passage, .passageTitle, .isImpossible, .firstSpan, .spans]
    case .mrqa: [.id, .answers, .passage, .isImpossible, .firstSpan, .spans]
    case .kilt: [.id, .answers, .provenance]
    case .beir, .trec: [.id]
    case .text: []
    }
  }
}

/// What a question may hold beside its text; raw values are what messages call it.
package enum QuestionField: String, Sendable {
  case id = "ids"
  case answers = "answers"
  case passage = "the passage beside the question"
  case passageTitle = "the passage's title"
  case gold = "the gold passage's id"
  case isImpossible = "is_impossible"
  case firstSpan = "where the answer stands"
  case spans = "where further answers stand"
  case rated = "raters' judgements of answers"
  case provenance = "provenance"
}

extension Question {
  /// - Parameter position: an id that is no more than the question's place is not held.
  func fields(at position: Int) -> [QuestionField] {
    var fields: [QuestionField] = id == "\(position)" ? [] : [.id]
    func add(_ field: QuestionField, if isHeld: Bool) {
      if isHeld { fields.append(field) }
    }
    add(.answers, if: !answers.isEmpty)
    add(.passage, if: passage != nil)
    add(.passageTitle, if: passage?.title.isEmpty == false)
    add(.gold, if: goldPassage != nil && !isNamedByTitle)
    add(.isImpossible, if: isImpossible != nil)
    add(.firstSpan, if: !spans.isEmpty)
    add(.spans, if: spans.count > 1)
    add(.rated, if: ratedAnswers != nil)
    add(.provenance, if: !provenance.isEmpty)
    return fields
  }

  /// Whether the gold passage's id is one that reading SQuAD's form gives again.
  private var isNamedByTitle: Bool {
    guard let passage, let goldPassage else { return false }
    return goldPassage.hasPrefix(ArticleIDs.slug(passage.title) + "#")
  }
}
