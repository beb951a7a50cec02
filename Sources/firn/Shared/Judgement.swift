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
    let holdsRankings = predictions.contains { !$0.passages.isEmpty }
    return try questions.compactMap { question in
      guard let prediction = byID[question.id] else { return nil }
      let passages = holdsRankings ? prediction.passages : nil
      return try ScoredAnswer(
        id: question.id, prediction: prediction.prediction, golds: question.answers,
        extendedGolds: question.extendedAnswers.count > question.answers.count
          ? question.extendedAnswers : [],
        confidence: prediction.confidence ?? prediction.noAnswerProbability.map { 1 - $0 },
        rankingHasAnswer: bearsAnswer(passages, question),
        packedHasAnswer: bearsAnswer(passages?.filter(\.packed), question),
        evidenceHasAnswer: prediction.evidence.flatMap { evidence in
          try bearsAnswer(passages?.filter { $0.id == evidence.id }, question)
        })
    }
  }

  /// Whether one of `passages` bears an answer; nil where that cannot be told.
  ///
  /// Records say so by DPR's rule, so that any other rule asks the index.
  private func bearsAnswer(
    _ passages: [PredictionRecord.Evidence]?, _ question: Question
  ) throws -> Bool? {
    guard let passages, !question.answers.isEmpty else { return nil }
    lazy var judge = HasAnswer(question.answers, rule: rule)
    var isKnown = true
    for passage in passages {
      let recorded = rule == .string ? passage.hasAnswer : nil
      let found = try recorded ?? text(of: passage.id).map { judge.matches($0) }
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
  /// Whether it came in columns, without the questions' texts: what orders it is its scores.
  private let isOfColumns: Bool

  init(_ path: String) throws {
    self.path = path
    let all = try RunReader.read(path)
    isOfColumns = all.allSatisfy { $0.question.text.isEmpty }
    rankings = Dictionary(uniqueKeysWithValues: all.map { ($0.question.id, $0.passages) })
  }

  /// Whether passages can be judged by what they say.
  var holdsTexts: Bool {
    rankings.values.joined().contains { !$0.passage.text.isEmpty || $0.hasAnswer != nil }
  }

  func passages(_ question: String) -> [RankedPassage] { rankings[question] ?? [] }
  func ids(_ question: String) -> [String] { passages(question).map(\.passage.id) }

  /// The rankings by judged passages, one for each judged question, in the order of their ids.
  ///
  /// A run of columns is ordered as trec_eval orders it; JSON keeps its order, which may be that of
  /// two re-rankers whose scores do not compare.
  func judged(by qrels: [String: [String: Int]]) -> [RankedQuestion] {
    qrels.sorted { $0.key < $1.key }.map { id, grades in
      isOfColumns
        ? RankedQuestion(
          id: id, scored: passages(id).map { ($0.passage.id, $0.score) }, qrels: grades)
        : RankedQuestion(id: id, ranking: ids(id), qrels: grades)
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
