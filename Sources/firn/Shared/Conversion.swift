import ArgumentParser
import Evaluation
import Retrieval

/// One file on its way into another format, record by record; every step gives how many were
/// written.
struct Conversion {
  let input: String
  let output: String
  /// The formats' names.
  let from: String
  let to: String
  let report: ReadingReport
  let losses: LossReport

  /// A format by a name that was checked before.
  static func named<Format: RawRepresentable<String>>(_ name: String) throws -> Format {
    if let format = Format(rawValue: name) { return format }
    throw ValidationError("expected a format, found \(name)")
  }

  /// Reads, writes and gives the file its name.
  private func write<Writer>(
    _ writer: Writer, _ close: (Writer) -> () throws -> Void, _ body: (inout Int) throws -> Void
  ) throws -> Int {
    var count = 0
    try body(&count)
    try close(writer)()
    return count
  }

  func passages() throws -> Int {
    let reader = CorpusReader(paths: [input], format: try Self.named(from), report: report)
    let writer = try PassageWriter(path: output, format: Self.named(to), losses: losses)
    return try write(writer, PassageWriter.close) { count in
      try reader.forEachPassage { passage in
        try writer.append(passage)
        count += 1
      }
    }
  }

  func questions() throws -> Int {
    let writer = try QuestionWriter(path: output, format: Self.named(to), losses: losses)
    return try write(writer, QuestionWriter.close) { count in
      try QuestionFile.forEachQuestion(input, format: Self.named(from), report: report) {
        try writer.append($0)
        count += 1
      }
    }
  }

  /// Gold passages, and the pages of KILT's provenance, as relevant with grade 1.
  func judgementsOfQuestions() throws -> Int {
    let writer = try QrelsWriter(path: output, format: Self.named(to))
    return try write(writer, QrelsWriter.close) { count in
      try QuestionFile.forEachQuestion(input, format: Self.named(from), report: report) {
        var gold: [String] = []
        gold.addDistinct($0.goldPassage.map { [$0] } ?? $0.provenance.map(\.page))
        if gold.isEmpty { losses.add("questions without a gold passage") }
        for passage in gold {
          try writer.append(Judgment(question: $0.id, passage: passage, grade: 1))
          count += 1
        }
      }
    }
  }

  func judgements() throws -> Int {
    let writer = try QrelsWriter(path: output, format: Self.named(to))
    return try write(writer, QrelsWriter.close) { count in
      try QrelsFile.forEachJudgment(input, report: report) {
        try writer.append($0)
        count += 1
      }
    }
  }

  func rankings(_ join: RankingJoin) throws -> Int {
    let writer = try RunWriter(path: output, format: Self.named(to), losses: losses)
    return try write(writer, RunWriter.close) { count in
      try forEachRanking(join) {
        try writer.append($0)
        count += 1
      }
    }
  }

  func questionsOfRankings(_ join: RankingJoin) throws -> Int {
    let writer = try QuestionWriter(path: output, format: Self.named(to), losses: losses)
    return try write(writer, QuestionWriter.close) { count in
      try forEachRanking(join) {
        losses.add("the ranking")
        try writer.append($0.question)
        count += 1
      }
    }
  }

  private func forEachRanking(_ join: RankingJoin, _ body: (Ranking) throws -> Void) throws {
    try RunReader.forEachRanking(input, format: Self.named(from), report: report) { ranking in
      if let joined = try report.attempt({ try join.joined(ranking, from: input, losses) }) {
        try body(joined)
      }
    }
  }
}

/// What is put beside rankings that hold less than their new format.
struct RankingJoin {
  let questions: QuestionLookup?
  let index: PassageIndex?
  let idPrefix: String

  /// The ranking with the question's text and answers, the passages' texts and whether these bear
  /// an answer by DPR's rule, as far as all that is known.
  func joined(_ ranking: Ranking, from path: String, _ losses: LossReport) throws -> Ranking {
    var ranking = ranking
    if let questions {
      let known = ranking.question
      let place = try questions.place(
        id: known.id, text: known.text.isEmpty ? nil : known.text, in: path, losses)
      ranking.question = questions.questions[place]
    }
    let judge =
      ranking.question.answers.isEmpty ? nil : HasAnswer(ranking.question.answers)
    for place in ranking.passages.indices {
      try complete(&ranking.passages[place], judge, losses)
    }
    return ranking
  }

  private func complete(
    _ ranked: inout RankedPassage, _ judge: HasAnswer?, _ losses: LossReport
  ) throws {
    if let index, ranked.passage.text.isEmpty {
      if let known = try index.passage(id: ranked.passage.id) {
        ranked.passage.title = known.title
        ranked.passage.text = known.text
      } else {
        losses.add("texts of passages that the index lacks")
      }
    }
    if ranked.hasAnswer == nil, !ranked.passage.text.isEmpty {
      ranked.hasAnswer = judge?.matches(ranked.passage.text)
    }
    if !ranked.passage.id.hasPrefix(idPrefix) { ranked.passage.id = idPrefix + ranked.passage.id }
  }
}
