import Evaluation
import Reading
import Retrieval

/// Asks questions in the ways of several candidates, and scores the answers.
final class TemplateTrial {
  enum Metric: String, CaseIterable {
    case em, f1

    func score(_ prediction: String, _ answers: [String]) -> Double {
      let score = AnswerNormalization.squad.score(prediction, golds: answers)
      return self == .em ? (score.exactMatch ? 1 : 0) : score.f1
    }
  }

  private let engine: AnsweringEngine
  private let answerer: GenerativeAnswerer
  private let questions: [Question]
  private let metric: Metric
  private let journal: CallJournal
  private var rankings: [Ranking] = []

  /// - Parameter questions: in the order in which they are asked, with answers.
  init(
    _ engine: AnsweringEngine, _ answerer: GenerativeAnswerer, _ questions: [Question],
    _ metric: Metric, _ journal: CallJournal
  ) {
    self.engine = engine
    self.answerer = answerer
    self.questions = questions
    self.metric = metric
    self.journal = journal
  }

  /// The scores of a candidate on some of the questions; what the journal has is not asked again.
  ///
  /// - Throws: what ended the calls; those before it are in the journal.
  func scores(
    _ candidate: TemplateCandidate, _ range: Range<Int>, asked: (Int) -> Void
  ) async throws -> [Double] {
    try rank(upTo: range.upperBound)
    let answerer = answerer.asking(candidate)
    let open = range.filter { journal.prediction(candidate.name, questions[$0].id) == nil }
    for start in stride(from: 0, to: open.count, by: AnsweringEngine.batchSize) {
      try Interruption.check()
      let batch = open[start..<min(start + AnsweringEngine.batchSize, open.count)]
      let (answers, failure) = try await answerer.answered(batch.map { rankings[$0] })
      try journal.append(
        answers.map { answer in
          CallJournal.Call(
            candidate: candidate.name, question: answer.prediction.id,
            prediction: answer.prediction.prediction)
        })
      asked(answers.count)
      if let failure { throw failure }
    }
    return range.map { index in
      let prediction = journal.prediction(candidate.name, questions[index].id) ?? ""
      return metric.score(prediction, questions[index].answers)
    }
  }

  /// Retrieves for the questions before this one; all candidates read the same passages.
  private func rank(upTo end: Int) throws {
    while rankings.count < end {
      let next = min(end, rankings.count + AnsweringEngine.batchSize)
      rankings += try engine.rank(Array(questions[rankings.count..<next]))
    }
  }
}

extension GenerativeAnswerer {
  /// The same, asking in another way.
  fileprivate func asking(_ candidate: TemplateCandidate) -> GenerativeAnswerer {
    var packer = packer
    packer.template = candidate.template
    packer.examples = candidate.examples
    var settings = settings
    settings.stops = []
    var answerer = GenerativeAnswerer(packer: packer, settings: settings)
    answerer.abstainBelow = abstainBelow
    return answerer
  }
}
