import Evaluation
import Retrieval

/// Puts predictions and runs beside the questions that they are judged by.
///
/// It stands here because Evaluation must not know the files of the system that it judges.
struct Judgement {
  let questions: [Question]
  /// Name of the questions' file, for messages.
  let file: String
  var rule = AnswerMatchRule.string
  /// Where the texts of passages are looked up that a file names by id only.
  var index: PassageIndex?

  /// The predictions in the order of the questions.
  ///
  /// - Parameter partial: judges only the questions that have a prediction.
  /// - Throws: `InputError` when a question has no prediction or a prediction no question.
  func answers(_ predictions: [PredictionRecord], path: String, partial: Bool) throws
    -> [ScoredAnswer]
  {
    let predictions = PredictionRecord.matched(predictions, to: questions)
    let byID = Dictionary(uniqueKeysWithValues: predictions.map { ($0.id, $0) })
    let known = Set(questions.map(\.id))
    if let stray = predictions.first(where: { !known.contains($0.id) }) {
      throw InputError(
        file: path, expected: "ids of questions in \(file)", found: InputError.quoted(stray.id))
    }
    if !partial, let open = questions.first(where: { byID[$0.id] == nil }) {
      throw InputError(
        file: path, expected: "a prediction for each of \(questions.count) questions",
        found: "\(predictions.count), and none for \(InputError.quoted(open.id))",
        hint: "--partial judges only what is there")
    }
    return try questions.compactMap { question in
      guard let prediction = byID[question.id] else { return nil }
      return try ScoredAnswer(
        id: question.id, prediction: prediction.prediction, golds: question.answers,
        confidence: prediction.confidence,
        rankingHasAnswer: bearsAnswer(prediction, question) { _ in true },
        packedHasAnswer: bearsAnswer(prediction, question, where: \.packed),
        evidenceHasAnswer: prediction.evidence.flatMap { evidence in
          try bearsAnswer(prediction, question) { $0.id == evidence.id }
        })
    }
  }

  /// Whether one of the meant passages bears an answer; nil where that cannot be told.
  private func bearsAnswer(
    _ prediction: PredictionRecord, _ question: Question,
    where isMeant: (PredictionRecord.Evidence) -> Bool
  ) throws -> Bool? {
    if question.answers.isEmpty || prediction.passages.isEmpty { return nil }
    lazy var judge = HasAnswer(question.answers, rule: rule)
    var isKnown = true
    for passage in prediction.passages where isMeant(passage) {
      let found = try passage.hasAnswer ?? text(of: passage.id).map { judge.matches($0) }
      if found == true { return true }
      isKnown = isKnown && found != nil
    }
    return isKnown ? false : nil
  }

  private func text(of id: String) throws -> String? {
    guard let index, let row = try index.row(id: id) else { return nil }
    return try index.passage(row: row).text
  }

  /// Whether a run is to be judged by what its passages say: always, unless it holds no texts and
  /// the questions name passages instead.
  func goesByAnswer(_ run: Run) -> Bool {
    index != nil || run.holdsTexts || questions.allSatisfy { $0.goldPassage == nil }
  }

  /// The rankings of a run by whether passages bear an answer, in the order of the questions.
  ///
  /// Questions without answers are left out; a question that the run leaves out has an empty
  /// ranking.
  /// - Throws: `InputError` when the run holds no texts and nothing else says what they bear.
  func byAnswer(_ run: Run) throws -> [RankedQuestion] {
    try questions.filter { !$0.answers.isEmpty }.map { question in
      let judge = HasAnswer(question.answers, rule: rule)
      let hits = try run.passages(question.id).map { ranked in
        let text =
          ranked.passage.text.isEmpty ? try text(of: ranked.passage.id) : ranked.passage.text
        if let text { return judge.matches(text) }
        if let known = ranked.hasAnswer { return known }
        throw InputError(
          file: run.path, expected: "the text of passage \(InputError.quoted(ranked.passage.id))",
          found: "none", hint: "give --index to look texts up, or --qrels to judge by ids")
      }
      return RankedQuestion(id: question.id, hits: hits)
    }
  }

  /// The rankings of a run by the passage that each question was asked about.
  func byGoldPassage(_ run: Run) -> [RankedQuestion] {
    questions.compactMap { question in
      question.goldPassage.map { gold in
        RankedQuestion(id: question.id, ranking: run.ids(question.id), gold: [gold])
      }
    }
  }
}

/// A run that was read whole, by question.
struct Run {
  let path: String
  private let rankings: [String: [RankedPassage]]

  init(_ path: String) throws {
    self.path = path
    rankings = Dictionary(
      uniqueKeysWithValues: try RunReader.read(path).map { ($0.question.id, $0.passages) })
  }

  /// Whether passages can be judged by what they say.
  var holdsTexts: Bool {
    rankings.values.joined().contains { !$0.passage.text.isEmpty || $0.hasAnswer != nil }
  }

  func passages(_ question: String) -> [RankedPassage] { rankings[question] ?? [] }
  func ids(_ question: String) -> [String] { passages(question).map(\.passage.id) }

  /// The rankings by judged passages, one for each judged question, in the order of their ids.
  func judged(by qrels: [String: [String: Int]]) -> [RankedQuestion] {
    qrels.sorted { $0.key < $1.key }.map {
      RankedQuestion(id: $0.key, ranking: ids($0.key), qrels: $0.value)
    }
  }

  /// Checks that the run is about these questions.
  /// - Throws: `InputError` when it ranks for none of them.
  func require(_ questions: some Collection<String>, of file: String) throws {
    guard !questions.contains(where: { rankings[$0] != nil }), !questions.isEmpty else { return }
    let first = rankings.keys.min().map { InputError.quoted($0) } ?? "no ranking"
    throw InputError(file: path, expected: "rankings for questions of \(file)", found: first)
  }
}

extension Ranking {
  /// Says of each passage whether it bears an accepted answer, where those are known.
  func judged() -> Ranking {
    if question.answers.isEmpty { return self }
    let judge = HasAnswer(question.answers)
    var ranking = self
    for place in passages.indices {
      ranking.passages[place].hasAnswer = judge.matches(passages[place].passage.text)
    }
    return ranking
  }
}
