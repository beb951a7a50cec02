import Retrieval

/// One prediction as a file of any format may hold it.
package struct PredictionEntry: Sendable, Equatable {
  /// Nil where the format goes by the question's text alone.
  package var id: String?
  package var question: String?
  /// The answer; empty where there is none. Nil where only its place in a page is known.
  package var text: String?
  /// 0...1
  package var confidence: Double?
  /// The reader's own score of the answer; higher is better.
  package var score: Double?
  /// That the question has no answer, 0...1.
  package var noAnswerProbability: Double?
  package var passages: [Prediction.Source] = []
  package var evidence: Prediction.Evidence?
  /// The passage's own text that the answer comes from, where the record brings it along.
  package var evidenceText: String?
  /// Pages that KILT's provenance names.
  package var provenance: [Provenance] = []
  /// The accepted answers, where the record brings them along.
  package var answers: [String] = []
  /// Where the answer stands in the page of Natural Questions.
  package var natural: NaturalAnswer?

  package init(id: String?, question: String? = nil, text: String?) {
    self.id = id
    self.question = question
    self.text = text
  }
}

/// An answer as the scorer of Natural Questions wants it: places in the question's own page.
package struct NaturalAnswer: Sendable, Equatable {
  package var long = NaturalSpan()
  package var longScore = 0.0
  package var short: [NaturalSpan] = []
  package var shortScore = 0.0
  /// YES, NO or NONE.
  package var yesNo = "NONE"

  package init() {}
}

/// The formats of predictions; raw values are the names that users type.
package enum PredictionFormat: String, Sendable, CaseIterable {
  /// Our own JSON Lines, with confidence, passages and evidence.
  case jsonl
  /// JSON Lines of `question` and `prediction`: what the scorers of NQ-open and EfficientQA read.
  case nqOpen = "nq-open"
  /// One JSON array of what DPR's reader predicts at several depths.
  case dpr
  /// One JSON object of answers by the questions' ids.
  case squad
  /// The same for MRQA.
  case mrqa
  /// JSON Lines of `id` and `output`, one answer with its provenance.
  case kilt
  /// A line a question: id, tab, answer.
  case fid
  /// `{"predictions": [...]}` with places in the pages of Natural Questions.
  case nq

  /// The format of a file that begins with `head`; nil when that is no file of predictions.
  ///
  /// KILT's gold records differ from predictions by their `meta`. FiD's two columns are never
  /// recognised, because they could as well be TREC topics.
  package static func recognise(_ head: [UInt8]) -> PredictionFormat? {
    guard let json = JSONHead(head) else { return nil }
    if json.layout == .members { return json.innerKeys.contains("contexts") ? nil : .squad }
    if json.keys.contains("predictions") { return json.layout == .nested ? .nq : .dpr }
    if json.keys.contains("prediction") {
      return json.keys.isDisjoint(with: ["id", "confidence", "passages"]) ? .nqOpen : .jsonl
    }
    let hasAnswer = json.keys.contains("output") && json.innerKeys.contains("answer")
    return hasAnswer && !json.keys.contains("meta") ? .kilt : nil
  }

  /// What a format has a place for.
  var carries: Set<PredictionField> {
    switch self {
    case .jsonl:
      [.id, .question, .confidence, .passages, .evidence, .answers, .noAnswerProbability]
    case .nqOpen: [.question]
    case .dpr: [.question, .score, .answers, .evidenceText]
    case .squad, .mrqa: [.id, .noAnswerProbability]
    case .kilt: [.id, .question, .provenance]
    case .fid: [.id]
    case .nq: [.id, .natural, .score]
    }
  }
}

/// What a prediction may hold beside its answer; raw values are what messages call it.
package enum PredictionField: String, Sendable {
  case id = "ids"
  case question = "the question's text"
  case confidence = "confidence"
  case score = "the reader's score"
  case noAnswerProbability = "the probability of no answer"
  case passages = "passages"
  case evidence = "evidence"
  case evidenceText = "the evidence's text"
  case provenance = "provenance"
  case answers = "accepted answers"
  case natural = "places in Natural Questions' pages"
}

extension PredictionEntry {
  /// - Parameter position: an id that is no more than the record's place is not held.
  func fields(at position: Int) -> [PredictionField] {
    var fields: [PredictionField] = []
    func add(_ field: PredictionField, if isHeld: Bool) {
      if isHeld { fields.append(field) }
    }
    add(.id, if: id != nil && id != "\(position)")
    add(.question, if: question != nil)
    add(.confidence, if: confidence != nil)
    add(.score, if: score != nil)
    add(.noAnswerProbability, if: noAnswerProbability != nil)
    add(.passages, if: !passages.isEmpty)
    add(.evidence, if: evidence != nil)
    add(.evidenceText, if: evidenceText != nil)
    add(.provenance, if: !provenance.isEmpty)
    add(.answers, if: !answers.isEmpty)
    add(.natural, if: natural != nil)
    return fields
  }
}
