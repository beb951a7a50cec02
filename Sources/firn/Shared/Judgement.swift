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

  /// The predictions of a file in the order of the questions; of the file's records only one is
  /// held at a time.
  ///
  /// - Parameter partial: judges only the questions that have a prediction.
  /// - Throws: `InputError` when a question has no prediction or a prediction no question.
  func answers(in path: String, partial: Bool = false) throws -> [ScoredAnswer] {
    try answers(path: path, partial: partial) { try PredictionRecord.forEach(path, $0) }
  }

  /// The same for predictions that were read before.
  func answers(
    _ predictions: [PredictionRecord], path: String, partial: Bool
  ) throws -> [ScoredAnswer] {
    try answers(path: path, partial: partial) { try predictions.forEach($0) }
  }

  private func answers(
    path: String, partial: Bool,
    forEach: ((PredictionRecord) throws -> Void) throws -> Void
  ) throws -> [ScoredAnswer] {
    var places = QuestionPlaces(questions)
    var answers = [ScoredAnswer?](repeating: nil, count: questions.count)
    var withoutRanking: [Int] = []
    try forEach { prediction in
      guard let found = places.places(of: prediction) else {
        let stray = prediction.hasOwnID ? prediction.id : prediction.question ?? prediction.id
        throw InputError(
          file: path, expected: "ids of questions in \(file)", found: InputError.quoted(stray))
      }
      for place in found { answers[place] = try answer(prediction, to: questions[place]) }
      if prediction.passages.isEmpty { withoutRanking += found }
    }
    let judged = answers.compactMap { $0 }
    if !partial, let open = answers.firstIndex(where: { $0 == nil }) {
      throw InputError(
        file: path, expected: "a prediction for each of \(questions.count) questions",
        found: "\(judged.count), and none for \(InputError.quoted(questions[open].id))",
        hint: "--partial judges only what is there")
    }
    if withoutRanking.count == judged.count { return judged }
    for place in withoutRanking { answers[place] = try answers[place]?.withEmptyRanking() }
    return answers.compactMap { $0 }
  }

  private func answer(
    _ prediction: PredictionRecord, to question: Question
  ) throws -> ScoredAnswer {
    let passages = prediction.passages.isEmpty ? nil : prediction.passages
    let extended = question.extendedAnswers
    return try ScoredAnswer(
      id: question.id, prediction: prediction.prediction, golds: question.answers,
      extendedGolds: extended.count > question.answers.count ? extended : [],
      confidence: prediction.confidence ?? prediction.noAnswerProbability.map { 1 - $0 },
      rankingHasAnswer: bearsAnswer(passages, question),
      packedHasAnswer: bearsAnswer(passages?.filter(\.packed), question),
      evidenceHasAnswer: prediction.evidence.flatMap { evidence in
        try bearsAnswer(passages?.filter { $0.id == evidence.id }, question)
      })
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

  private func text(of id: String) throws -> String? { try index?.passage(id: id)?.text }

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

extension ScoredAnswer {
  /// The answer where the ranking is known to be empty, as that of a question without words.
  fileprivate func withEmptyRanking() throws -> ScoredAnswer {
    let isKnown = golds.isEmpty ? nil : false
    return try ScoredAnswer(
      id: id, prediction: prediction, golds: golds, extendedGolds: extendedGolds,
      confidence: confidence, rankingHasAnswer: isKnown, packedHasAnswer: isKnown)
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
