extension JSONRecord {
  /// A question of the NQ-open or FlashRAG kind, or of what DPR trains on; other fields are ignored.
  func question(at position: Int) throws -> Question {
    let id = try id("id") ?? "\(position)"
    let positive = try records("positive_ctxs")?.first
    let gold = try self.id("passage_id") ?? (try positive?.id("passage_id"))
    let beside = try passage(id: gold ?? id) ?? (try positive?.context(id: gold ?? id))
    var question = Question(
      id: id, text: try require("question", string),
      answers: try strings("answers") ?? strings("answer") ?? strings("golden_answers") ?? [],
      goldPassage: gold, passage: beside)
    question.isImpossible = try? bool("is_impossible")
    question.ratedAnswers = try ratedAnswers(besides: question.answers)
    if let start = try? integer("answer_start"),
      let answer = question.answers.first(where: {
        question.passage?.holds($0, at: start) ?? false
      })
    {
      question.spans = [AnswerSpan(text: answer, start: start)]
    }
    return question
  }

  /// The passage that a question of a reading data set brings along; such files call it `passage`,
  /// others give that name to other things.
  private func passage(id: String) -> Passage? {
    guard let text = try? string("passage"), !text.isEmpty else { return nil }
    return Passage(id: id, title: (try? string("title")) ?? "", text: text)
  }

  private func context(id: String) throws -> Passage {
    Passage(id: id, title: try string("title") ?? "", text: try require("text", string))
  }

  /// What EfficientQA's test set says of systems' answers. `answer_and_def_correct_predictions`
  /// joins the accepted answers and the correct ones; those alone may be missing.
  private func ratedAnswers(besides answers: [String]) throws -> RatedAnswers? {
    var correct = try strings("def_correct_predictions") ?? []
    for key in ["answer_and_def_correct_predictions", "answers_extended"] {
      let joined = try strings(key) ?? []
      correct.addDistinct(
        joined.filter { text in !answers.contains { $0.utf8.elementsEqual(text.utf8) } })
    }
    let rated = RatedAnswers(
      correct: correct, possiblyCorrect: try strings("poss_correct_predictions") ?? [],
      incorrect: try strings("def_incorrect_predictions") ?? [])
    return rated == RatedAnswers(correct: []) ? nil : rated
  }

  func beirQuestion() throws -> Question {
    Question(id: try require("_id", id), text: try require("text", string))
  }

  /// The questions about one of MRQA's passages; none for the header in the first line.
  ///
  /// A passage has no id of its own: it gets that of its first question. All accepted answers are
  /// taken and those that were detected in the passage, which may be spelled otherwise.
  func mrqaQuestions() throws -> [Question] {
    if let header = try record("header") {
      header.skip("dataset", "split", "mrqa_split")
      return []
    }
    skip("context_tokens")
    let context = try require("context", string)
    let questions = try require("qas", records)
    let first = try questions.first.map { try $0.require("qid", $0.id) } ?? ""
    let passage = Passage(id: first, title: "", text: context)
    return try questions.map { try $0.mrqaQuestion(about: passage) }
  }

  private func mrqaQuestion(about passage: Passage) throws -> Question {
    skip("question_tokens")
    var question = Question(
      id: try require("qid", id), text: try require("question", string), passage: passage)
    question.answers.addDistinct(try strings("answers") ?? [])
    for answer in try records("detected_answers") ?? [] {
      answer.skip("token_spans")
      let text = try answer.require("text", answer.string)
      question.answers.addDistinct([text])
      question.spans += try answer.characterSpans(in: passage)
    }
    question.isImpossible = try bool("is_impossible")
    return question
  }

  /// `char_spans`: pairs of the first and the last character, both inclusive.
  private func characterSpans(in passage: Passage) throws -> [AnswerSpan] {
    let scalars = passage.text.unicodeScalars
    return try (integerPairs("char_spans") ?? []).map { first, last in
      guard 0 <= first, first <= last, last < scalars.count else {
        throw error(
          expected: "an answer inside the context of \(scalars.count) characters",
          found: "[\(first), \(last)]")
      }
      let start = scalars.index(scalars.startIndex, offsetBy: first)
      let end = scalars.index(start, offsetBy: last - first + 1)
      return AnswerSpan(text: String(scalars[start..<end]), start: first)
    }
  }

  /// A question of KILT. Answers and their provenance may be missing, as in its test sets.
  func kiltQuestion(at position: Int) throws -> Question {
    var question = Question(
      id: try id("id") ?? "\(position)", text: try require("input", string))
    for output in try records("output") ?? [] {
      // KILT's scorer passes over empty answers.
      let answer = try output.string("answer").flatMap { $0.trimmed.isEmpty ? nil : $0 }
      question.answers.addDistinct(answer.map { [$0] } ?? [])
      question.provenance += try (output.records("provenance") ?? []).map {
        try $0.provenance(of: answer)
      }
    }
    return question
  }

  private func provenance(of answer: String?) throws -> Provenance {
    var place = Provenance(
      page: try require("wikipedia_id", id), title: try string("title"), answer: answer)
    place.section = try string("section")
    place.startParagraph = try integer("start_paragraph_id")
    place.startCharacter = try integer("start_character")
    place.endParagraph = try integer("end_paragraph_id")
    place.endCharacter = try integer("end_character")
    place.bleu = try finite("bleu_score")
    return place
  }
}

extension Passage {
  /// Whether `answer` stands at an offset in the text, counted in Unicode scalars.
  func holds(_ answer: String, at start: Int) -> Bool {
    start >= 0 && !answer.isEmpty
      && text.unicodeScalars.dropFirst(start).starts(with: answer.unicodeScalars)
  }
}
