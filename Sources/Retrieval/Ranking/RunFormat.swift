/// The formats of a run (rankings of many questions); raw values are the names that users type.
package enum RunFormat: String, Sendable, CaseIterable {
  /// One JSON array of `{id, question, answers, ctxs}`, scores as strings.
  case dpr
  /// Six columns: question, `Q0`, passage, rank from 1, score, tag.
  case trec
  /// One record of `dpr` a line.
  case jsonl
  /// As `dpr`, with scores as numbers and `hasanswer`; a line a record where the name ends so.
  case fid
  /// One JSON object of `{question, answers, contexts}` by the questions' ids.
  case pyserini
  /// Question, passage, rank from 1 between tabs.
  case msmarco
  /// Question, passage, score between tabs.
  case tevatron
  /// A line a question: `output` holds the `provenance`, pages best first.
  case kilt

  /// The format of a file that begins with `head`; nil when that is no ranking.
  package static func recognise(_ head: [UInt8]) -> RunFormat? {
    guard let json = JSONHead(head) else { return RunColumns.recognise(head) }
    if json.layout == .members { return json.innerKeys.contains("contexts") ? .pyserini : nil }
    if json.keys.contains("ctxs") {
      if json.innerKeys.contains("hasanswer") { return .fid }
      return json.layout == .array ? .dpr : .jsonl
    }
    let names = json.innerKeys
    return json.keys.contains("output") && names.contains("provenance") && !names.contains("answer")
      ? .kilt : nil
  }

  /// What a format has a place for.
  var carries: Set<RankingField> {
    switch self {
    case .dpr, .jsonl, .fid: Set(RankingField.allCases)
    case .pyserini:
      [.passages, .question, .answers, .text, .title, .score, .hasAnswer]
    case .trec: [.score]
    case .tevatron: [.score]
    case .msmarco: []
    case .kilt: [.passages, .question, .title, .text, .score]
    }
  }
}

/// What a ranking may hold beside ids in their order; raw values are what messages call it.
package enum RankingField: String, Sendable, CaseIterable {
  case passages = "questions without a passage"
  case question = "the question's text"
  case answers = "answers"
  case gold = "the gold passage's id"
  case title = "passages' titles"
  case text = "passages' texts"
  case score = "scores"
  case hasAnswer = "has_answer"
}

extension Ranking {
  var fields: [RankingField] {
    var fields: [RankingField] = passages.isEmpty ? [.passages] : []
    func add(_ field: RankingField, if isHeld: Bool) {
      if isHeld { fields.append(field) }
    }
    add(.question, if: !question.text.isEmpty)
    add(.answers, if: !question.answers.isEmpty)
    add(.gold, if: question.goldPassage != nil)
    add(.title, if: passages.contains { !$0.passage.title.isEmpty })
    add(.text, if: passages.contains { !$0.passage.text.isEmpty })
    add(.score, if: !hasReciprocalRanks)
    add(.hasAnswer, if: passages.contains { $0.hasAnswer != nil })
    return fields
  }

  /// Whether the scores say no more than the order does, as where a file had none.
  private var hasReciprocalRanks: Bool {
    passages.indices.allSatisfy { passages[$0].score == 1 / Double($0 + 1) }
  }
}
