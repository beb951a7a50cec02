/// Reads runs of all formats, recognised by their content.
package enum RunReader {
  /// All rankings of a run, in the order in which their questions first appear.
  /// - Throws: `InputError`, also for two rankings of one question.
  package static func read(_ path: String, format: RunFormat? = nil) throws -> [Ranking] {
    var rankings: [Ranking] = []
    try forEachRanking(path, format: format) { rankings.append($0) }
    return rankings
  }

  /// Calls `body` with every ranking; of a JSON run only one is held in memory at a time.
  ///
  /// - Parameters:
  ///   - format: nil recognises it by the content.
  ///   - report: says whether bad records are skipped, and what was not read.
  package static func forEachRanking(
    _ path: String, format: RunFormat? = nil, report: ReadingReport = ReadingReport(),
    _ body: (Ranking) throws -> Void
  ) throws {
    let input = try InputFile(path)
    let head = try input.head()
    switch format ?? RunFormat.recognise(head) ?? (JSONHead(head) == nil ? .trec : .dpr) {
    case .trec, .msmarco, .tevatron:
      let format = format ?? RunFormat.recognise(head) ?? .trec
      try RunColumns.read(input, format, report).forEach(body)
    case .pyserini: try readMembers(input, report, body)
    case let found:
      var records = JSONRecords(input, layout: JSONHead(head)?.layout ?? .lines)
      var rankings = OneForEach(report: report)
      var position = 0
      while let (bytes, line) = try records.next() {
        let ranking = try rankings.next {
          let record = try JSONRecord(bytes, file: input.name, line: line, report: report)
          let ranking =
            try found == .kilt ? record.kiltRanking(at: position) : record.ranking(at: position)
          return (found == .fid ? ranking.sorted : ranking, record)
        }
        position += 1
        if let ranking { try body(ranking) }
      }
    }
  }

  private static func readMembers(
    _ input: InputFile, _ report: ReadingReport, _ body: (Ranking) throws -> Void
  ) throws {
    var members = JSONMembers(input)
    var rankings = OneForEach(report: report)
    while let member = try members.next() {
      let ranking = try rankings.next {
        let record = try member.record(report)
        return (try record.pyseriniRanking(id: member.key), record)
      }
      if let ranking { try body(ranking) }
    }
  }
}

/// Refuses a second ranking of a question.
private struct OneForEach {
  let report: ReadingReport
  private var lines: [String: Int] = [:]

  init(report: ReadingReport) { self.report = report }

  mutating func next(_ read: () throws -> (Ranking, JSONRecord)) throws -> Ranking? {
    try report.attempt {
      let (ranking, record) = try read()
      if let first = lines[ranking.question.id] {
        throw record.error(
          expected: "one ranking for each question",
          found: "\(InputError.quoted(ranking.question.id)) again, first in line \(first)")
      }
      lines[ranking.question.id] = record.line
      return ranking
    }
  }
}

extension Ranking {
  /// By falling score, as FiD sorts; equal scores keep their order.
  fileprivate var sorted: Ranking {
    let order = passages.indices.sorted {
      (passages[$1].score, $0) < (passages[$0].score, $1)
    }
    return Ranking(question: question, passages: order.map { passages[$0] })
  }
}

extension JSONRecord {
  /// One record of a DPR run. FiD writes `hasanswer` and plain numbers, leaves ids out and sorts by
  /// score what it reads; passages without a score get one over their rank.
  fileprivate func ranking(at position: Int) throws -> Ranking {
    let contexts = try require("ctxs", records)
    let passages = try contexts.enumerated().map { index, context in
      RankedPassage(
        passage: Passage(
          id: try context.id("id") ?? context.id("passage_id") ?? "\(index)",
          title: try context.string("title") ?? "", text: try context.string("text") ?? ""),
        score: try context.finite("score") ?? 1 / Double(index + 1),
        hasAnswer: try context.bool("has_answer") ?? context.bool("hasanswer"))
    }
    let ranking = Ranking(question: try question(at: position), passages: passages)
    return contexts.contains { $0.has("hasanswer") } ? ranking.sorted : ranking
  }

  /// The value under a question's id in what Pyserini's evaluation reads.
  fileprivate func pyseriniRanking(id: String) throws -> Ranking {
    let passages = try require("contexts", records).enumerated().map { index, context in
      let text = try context.string("text") ?? ""
      let end = text.unicodeScalars.firstIndex(of: "\n")
      let title = end.map { String(text[..<$0]).unwrappedTitle } ?? ""
      let rest = end.map { String(text.unicodeScalars[$0...].dropFirst()) } ?? text
      return RankedPassage(
        passage: Passage(
          id: try context.require("docid", context.id), title: title, text: rest),
        score: try context.finite("score") ?? 1 / Double(index + 1),
        hasAnswer: try context.bool("has_answer"))
    }
    let question = Question(
      id: id, text: try string("question") ?? "", answers: try strings("answers") ?? [])
    return Ranking(question: question, passages: passages)
  }

  /// Pages that KILT's provenance names, those of several outputs one after another.
  fileprivate func kiltRanking(at position: Int) throws -> Ranking {
    var passages: [RankedPassage] = []
    for place in try (records("output") ?? []).flatMap({ try $0.records("provenance") ?? [] }) {
      let passage = Passage(
        id: try place.require("wikipedia_id", place.id),
        title: try place.string("title") ?? place.string("wikipedia_title") ?? "",
        text: try place.string("text") ?? "")
      let score = try place.finite("score") ?? 1 / Double(passages.count + 1)
      passages.append(RankedPassage(passage: passage, score: score))
    }
    let question = Question(
      id: try id("id") ?? "\(position)", text: try string("input") ?? "")
    return Ranking(question: question, passages: passages)
  }
}
