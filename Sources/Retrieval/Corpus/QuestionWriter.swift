/// Writes questions one by one. A file appears under its name only when it is complete.
package final class QuestionWriter {
  private let format: QuestionOutput
  private let output: OutputFile
  private let losses: LossReport
  private var count = 0
  private var articles = SQuADWriter()
  /// Questions about one passage, which MRQA keeps together.
  private var pending: [Question] = []

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - losses: is told what the format has no place for.
  package init(path: String, format: QuestionOutput, losses: LossReport = LossReport()) throws {
    self.format = format
    self.losses = losses
    output = try OutputFile(path: path)
    if format == .mrqa {
      try writeLine(MRQAText.header)
    }
  }

  /// - Throws: `InputError` for a question that the format cannot hold at all.
  package func append(_ question: Question) throws {
    losses.add(question.fields(at: count), notIn: format.carries)
    switch format {
    case .jsonl: try writeLine(question.json)
    case .nqOpen: try writeLine(question.nqOpen(rated: true))
    case .drqa: try writeLine(question.nqOpen(rated: false))
    case .flashrag: try writeLine(question.flashRAG)
    case .kilt: try writeLine(question.kilt)
    case .beir:
      try writeLine(.object([("_id", .string(question.id)), ("text", .string(question.text))]))
    case .dpr:
      let answers = LiteralList.text(question.answers)
      let cells = [question.text, answers].map(DelimitedRow.cell).joined(separator: "\t")
      try output.write(cells + "\n")
    case .trec:
      try output.write("\(try output.id(question.id))\t\(losses.column(question.text))\n")
    case .text: try output.write(losses.column(question.text) + "\n")
    case .squad: try output.write(articles.add(question, passage(of: question), losses))
    case .mrqa:
      if let last = pending.last, last.passage != question.passage { try flush() }
      _ = try passage(of: question)
      pending.append(question)
    }
    count += 1
  }

  /// Ends the file and gives it its name. Without this call nothing is left behind.
  package func close() throws {
    if format == .squad { try output.write(articles.finish()) }
    try flush()
    try output.close()
  }

  private func flush() throws {
    guard let passage = pending.first?.passage else { return }
    try writeLine(MRQAText(passage, pending, losses).json)
    pending = []
  }

  private func passage(of question: Question) throws -> Passage {
    if let passage = question.passage { return passage }
    throw InputError(
      file: output.name, expected: "a passage beside each question",
      found: "none for \(InputError.quoted(question.id))",
      hint: "\(format.rawValue) is made of passages and the questions about them")
  }

  private func writeLine(_ json: JSONText) throws { try output.write(json.line + "\n") }
}

extension OutputFile {
  /// An id as a column between tabs.
  package func id(_ id: String) throws -> String {
    guard id.isEmpty || id.contains(where: { $0 == "\t" || $0.isNewline }) else { return id }
    throw InputError(
      file: name, expected: "ids without tabs and line ends", found: InputError.quoted(id))
  }

  /// An id as a column between blanks.
  func word(_ id: String) throws -> String {
    guard id.isEmpty || id.contains(where: \.isWhitespace) else { return id }
    throw InputError(
      file: name, expected: "ids without white space", found: InputError.quoted(id),
      hint: "TREC's files cannot hold such ids; write another format")
  }
}

extension Question {
  /// All that our own files hold.
  var json: JSONText {
    var fields = JSONMembersBuilder()
    fields.add("id", .string(id))
    fields.add("question", .string(text))
    fields.add("answers", .strings(answers))
    if let passage, !passage.title.isEmpty { fields.add("title", .string(passage.title)) }
    fields.add("passage", (passage?.text).map(JSONText.string))
    fields.add("passage_id", goldPassage.map(JSONText.string))
    fields.add("answer_start", (spans.first?.start).map(JSONText.integer))
    fields.add("is_impossible", isImpossible.map(JSONText.bool))
    addRated(to: &fields)
    return fields.object
  }

  func nqOpen(rated: Bool) -> JSONText {
    var fields = JSONMembersBuilder()
    fields.add("question", .string(text))
    fields.add("answer", .strings(answers))
    if rated { addRated(to: &fields) }
    return fields.object
  }

  private func addRated(to fields: inout JSONMembersBuilder) {
    guard let ratedAnswers else { return }
    fields.add("def_correct_predictions", .strings(ratedAnswers.correct))
    fields.add("poss_correct_predictions", .strings(ratedAnswers.possiblyCorrect))
    fields.add("def_incorrect_predictions", .strings(ratedAnswers.incorrect))
    fields.add("answer_and_def_correct_predictions", .strings(extendedAnswers))
  }

  var flashRAG: JSONText {
    .object([
      ("id", .string(id)), ("question", .string(text)), ("golden_answers", .strings(answers)),
    ])
  }

  /// An output for each answer with the provenance that names it, and one for provenance that
  /// names none.
  var kilt: JSONText {
    var outputs = answers.map { answer in
      let places = provenance.filter { $0.answer == answer }
      let list = JSONText.array(places.map(\.json))
      return JSONText.object(
        [("answer", JSONText.string(answer))] + (places.isEmpty ? [] : [("provenance", list)]))
    }
    let open = provenance.filter { $0.answer == nil }
    if !open.isEmpty { outputs.append(.object([("provenance", .array(open.map(\.json)))])) }
    return .object([
      ("id", .string(id)), ("input", .string(text)), ("output", .array(outputs)),
      ("meta", .object([])),
    ])
  }
}

extension Provenance {
  package var json: JSONText {
    var fields = JSONMembersBuilder()
    fields.add("wikipedia_id", .string(page))
    fields.add("title", title.map(JSONText.string))
    fields.add("section", section.map(JSONText.string))
    fields.add("start_paragraph_id", startParagraph.map(JSONText.integer))
    fields.add("start_character", startCharacter.map(JSONText.integer))
    fields.add("end_paragraph_id", endParagraph.map(JSONText.integer))
    fields.add("end_character", endCharacter.map(JSONText.integer))
    fields.add("bleu_score", bleu.map(JSONText.number))
    return fields.object
  }
}
