import Evaluation
import Retrieval

/// What the page's explorer of single questions reads, in packed blocks of which a browser unpacks
/// only those that somebody looks at.
///
/// `page` names sets, systems and kinds of outcome; `set-S` holds what the list of questions shows;
/// `details-S-N` rankings and answers of a hundred questions; `titles-N` and `texts-N` the passages.
struct ExplorerData {
  let sets: [(questions: ReportedQuestions, labels: SystemLabels)]
  private let passages: [Passage]
  /// Where the rows of the table stand among the passages: those of one question close together, so
  /// that few blocks are unpacked for it.
  private let places: [Int]

  static let questionsInBlock = 100
  static let titlesInBlock = 1000
  static let textsInBlock = 100

  init(sets: [(questions: ReportedQuestions, labels: SystemLabels)], table: PassageTable) {
    self.sets = sets
    var rows: [Int] = []
    var places = [Int?](repeating: nil, count: table.passages.count)
    for (set, _) in sets {
      for question in set.questions.indices {
        for entry in set.runs.flatMap({ $0.rankings[question].entries })
        where places[entry.row] == nil {
          places[entry.row] = rows.count
          rows.append(entry.row)
        }
      }
    }
    passages = rows.map { table.passages[$0] }
    self.places = places.map { $0 ?? 0 }
  }

  /// Writes what the page's script needs at once, and what may therefore not stand behind it.
  func writeLists(_ write: (String) throws -> Void) throws {
    try write(page.element(id: "page"))
    for (index, set) in sets.enumerated() {
      try write(list(set.questions).element(id: "set-\(index)"))
    }
  }

  /// Writes the rest, which is by far the most.
  ///
  /// - Throws: `InputError` where predictions name passages that their run does not have.
  func writeDetails(_ write: (String) throws -> Void) throws {
    for (index, set) in sets.enumerated() {
      for (number, block) in blocks(of: set.questions.questions.count, Self.questionsInBlock) {
        try write(details(set.questions, block).element(id: "details-\(index)-\(number)"))
      }
    }
    for (number, block) in blocks(of: passages.count, Self.titlesInBlock) {
      let titles = passages[block].map { PageJSON([$0.id, $0.title]) }
      try write(PageJSON(titles).element(id: "titles-\(number)"))
    }
    for (number, block) in blocks(of: passages.count, Self.textsInBlock) {
      try write(PageJSON(passages[block].map(\.text)).element(id: "texts-\(number)"))
    }
  }

  private func blocks(of count: Int, _ size: Int) -> [(Int, Range<Int>)] {
    stride(from: 0, to: count, by: size).map { ($0 / size, $0..<min($0 + size, count)) }
  }

  private var page: PageJSON {
    let outcomes = AnswerOutcome.fromTheEnd.map { outcome in
      PageJSON([
        "name": PageJSON(outcome.rawValue), "title": PageJSON(outcome.title),
        "explanation": PageJSON(outcome.explanation),
      ])
    }
    let sets = sets.map { set, labels in
      PageJSON([
        "name": PageJSON(set.name), "count": PageJSON(set.questions.count),
        "systems": PageJSON(labels.names), "runs": PageJSON(set.systems.map(set.run)),
      ])
    }
    return PageJSON([
      "outcomes": PageJSON(outcomes), "sets": PageJSON(sets),
      "questionsInBlock": PageJSON(Self.questionsInBlock),
      "titlesInBlock": PageJSON(Self.titlesInBlock), "textsInBlock": PageJSON(Self.textsInBlock),
    ])
  }

  /// Outcomes are digits, one for each question: the place among `AnswerOutcome.fromTheEnd`.
  private func list(_ set: ReportedQuestions) -> PageJSON {
    let outcomes = set.systems.map { system in
      system.outcomes.map { "\(AnswerOutcome.fromTheEnd.firstIndex(of: $0) ?? 0)" }.joined()
    }
    return PageJSON([
      "ids": PageJSON(set.questions.map(\.id)), "questions": PageJSON(set.questions.map(\.text)),
      "outcomes": PageJSON(outcomes),
      "predictions": PageJSON(set.systems.map { PageJSON($0.predictions.map(\.prediction)) }),
    ])
  }

  private func details(_ set: ReportedQuestions, _ block: Range<Int>) throws -> PageJSON {
    let runs = set.runs.map { run in PageJSON(run.rankings[block].map(ranking)) }
    let systems = try set.systems.map { system in
      let rankings = set.runs[set.run(of: system)].rankings
      return PageJSON(try block.map { try answer(system, $0, rankings[$0]) })
    }
    return PageJSON([
      "answers": PageJSON(set.questions[block].map { PageJSON($0.answers) }),
      "runs": PageJSON(runs), "systems": PageJSON(systems),
    ])
  }

  /// Count, rank of the first hit, then of the shown passages places, ranks, scores and, as digits,
  /// whether they bear an answer.
  private func ranking(_ ranking: ReportedRun.Ranking) -> PageJSON {
    let entries = ranking.entries
    return PageJSON([
      PageJSON(ranking.count), PageJSON(ranking.firstHit), PageJSON(entries.map { places[$0.row] }),
      PageJSON(entries.map(\.rank)), PageJSON(entries.map { PageJSON(rounded: $0.score) }),
      PageJSON(entries.map { $0.hasAnswer ? "1" : "0" }.joined()),
    ])
  }

  /// Confidence, F1, the places of packed passages among those shown, and the evidence: its place
  /// and where in the text it is, in units of UTF-16, as scripts count.
  private func answer(
    _ system: ReportedSystem, _ index: Int, _ ranking: ReportedRun.Ranking
  ) throws -> PageJSON {
    let prediction = system.predictions[index]
    let places = Dictionary(
      ranking.entries.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    func place(_ id: String) throws -> Int {
      if let place = places[id] { return place }
      throw InputError(
        file: system.cell.predictions,
        expected:
          "passages of question \(InputError.quoted(prediction.id)) from \(system.cell.run)",
        found: InputError.quoted(id))
    }
    let packed = try prediction.passages.filter(\.packed).map { try place($0.id) }
    let evidence = try prediction.evidence.map { evidence in
      let place = try place(evidence.id)
      let text = passages[self.places[ranking.entries[place].row]].text
      guard let range = text.utf16Range(ofScalars: evidence.start, evidence.end) else {
        throw InputError(
          file: system.cell.predictions,
          expected: "evidence of question \(InputError.quoted(prediction.id)) inside the passage",
          found: "\(evidence.start) to \(evidence.end)")
      }
      return PageJSON([place, range.lowerBound, range.upperBound])
    }
    return PageJSON([
      prediction.confidence.map { PageJSON(rounded: $0) } ?? .null,
      PageJSON(rounded: system.f1[index]), PageJSON(packed), evidence ?? .null,
    ])
  }
}

extension String {
  /// Where the scalars from `start` up to `end` stand in UTF-16; nil if they are not all there.
  fileprivate func utf16Range(ofScalars start: Int, _ end: Int) -> Range<Int>? {
    guard 0 <= start, start <= end,
      let low = unicodeScalars.index(
        unicodeScalars.startIndex, offsetBy: start, limitedBy: unicodeScalars.endIndex),
      let high = unicodeScalars.index(
        low, offsetBy: end - start, limitedBy: unicodeScalars.endIndex)
    else { return nil }
    let before = utf16.distance(from: startIndex, to: low)
    return before..<before + utf16.distance(from: low, to: high)
  }
}
