/// Reads runs of all three formats, recognised by their content.
package enum RunReader {
  /// All rankings of a run, in the order in which their questions first appear.
  /// - Throws: `InputError`, also for two rankings of one question.
  package static func read(_ path: String) throws -> [Ranking] {
    var rankings: [Ranking] = []
    try forEachRanking(path) { rankings.append($0) }
    return rankings
  }

  /// Calls `body` with every ranking; of a JSON run only one is held in memory at a time.
  package static func forEachRanking(_ path: String, _ body: (Ranking) throws -> Void) throws {
    let input = try InputFile(path)
    guard let json = JSONHead(try input.head()) else {
      return try readTREC(input).forEach(body)
    }
    var records = JSONRecords(input, layout: json.layout)
    var lines: [String: Int] = [:]
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: input.name, line: line)
      let ranking = try record.ranking(at: lines.count)
      if let first = lines.updateValue(line, forKey: ranking.question.id) {
        throw record.error(
          expected: "one ranking for each question",
          found: "\(InputError.quoted(ranking.question.id)) again, first in line \(first)")
      }
      try body(ranking)
    }
  }

  /// TREC runs hold no texts. Passages go by falling score, as in trec_eval, and those of equal
  /// score by rank.
  private static func readTREC(_ input: InputFile) throws -> [Ranking] {
    var order: [String] = []
    var passages: [String: [(rank: Int, ranked: RankedPassage)]] = [:]
    var seen: Set<[String]> = []
    while let bytes = try input.nextFilled() {
      let columns = try input.text(bytes).split(whereSeparator: \.isWhitespace).map(String.init)
      guard columns.count == 6, let rank = Int(columns[3]), let score = Double(columns[4]),
        score.isFinite
      else {
        throw InputError(
          file: input.name, line: input.line,
          expected: "six columns (question, Q0, passage, rank, score, tag)",
          found: InputError.quoted(bytes))
      }
      guard seen.insert([columns[0], columns[2]]).inserted else {
        throw InputError(
          file: input.name, line: input.line, expected: "each passage once for a question",
          found: "\(InputError.quoted(columns[2])) again")
      }
      if passages[columns[0]] == nil { order.append(columns[0]) }
      let passage = Passage(id: columns[2], title: "", text: "")
      passages[columns[0], default: []].append(
        (rank, RankedPassage(passage: passage, score: score)))
    }
    return order.map { id in
      let sorted = (passages[id] ?? []).sorted {
        ($1.ranked.score, $0.rank) < ($0.ranked.score, $1.rank)
      }
      return Ranking(question: Question(id: id, text: ""), passages: sorted.map(\.ranked))
    }
  }
}

extension JSONRecord {
  /// One record of a DPR run. FiD writes `hasanswer`, plain numbers, and
  /// leaves the question's id out.
  fileprivate func ranking(at position: Int) throws -> Ranking {
    let passages = try require("ctxs", records).map { context in
      RankedPassage(
        passage: Passage(
          id: try context.require("id", context.id), title: try context.string("title") ?? "",
          text: try context.string("text") ?? ""),
        score: try context.require("score", context.number),
        hasAnswer: try context.bool("has_answer") ?? context.bool("hasanswer"))
    }
    return Ranking(question: try question(at: position), passages: passages)
  }
}
