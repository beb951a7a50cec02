import Evaluation
import Retrieval

/// What a page shows of a run: of each question's ranking the first passages and, further down,
/// those that a reader saw.
struct ReportedRun {
  struct Entry {
    /// In the table of passages.
    let row: Int
    let id: String
    /// From 1.
    let rank: Int
    let score: Double
    let hasAnswer: Bool
  }

  struct Ranking {
    var entries: [Entry] = []
    /// Of the whole ranking.
    var count = 0
    /// The rank of the first passage that bears an answer.
    var firstHit: Int?
  }

  let path: String
  /// In the order of the questions; empty where the run leaves one out.
  private(set) var rankings: [Ranking]

  /// - Parameters:
  ///   - top: passages to show from the top of each ranking.
  ///   - read: for each question the ids of passages to show wherever they stand.
  /// - Throws: `InputError`, also for a ranking of another question.
  init(
    _ path: String, questions: [Question], top: Int, read: [Set<String>],
    table: inout PassageTable
  ) throws {
    let places = Dictionary(uniqueKeysWithValues: questions.enumerated().map { ($1.id, $0) })
    self.path = path
    rankings = Array(repeating: Ranking(), count: questions.count)
    try RunReader.forEachRanking(path) { ranking in
      guard let place = places[ranking.question.id] else {
        throw InputError(
          file: path, expected: "rankings of the experiment's questions",
          found: "one of \(InputError.quoted(ranking.question.id))")
      }
      let judge = HasAnswer(questions[place].answers)
      var shown = Ranking(count: ranking.passages.count)
      for (index, ranked) in ranking.passages.enumerated() {
        let isHit = ranked.hasAnswer ?? judge.matches(ranked.passage.text)
        let isFirstHit = isHit && shown.firstHit == nil
        if isFirstHit { shown.firstHit = index + 1 }
        guard index < top || isFirstHit || read[place].contains(ranked.passage.id) else { continue }
        shown.entries.append(
          Entry(
            row: table.row(of: ranked.passage), id: ranked.passage.id, rank: index + 1,
            score: ranked.score, hasAnswer: isHit))
      }
      rankings[place] = shown
    }
  }
}
