import Retrieval

/// Writes predictions one by one. A file appears under its name only when it is complete.
package final class PredictionWriter {
  private let format: PredictionFormat
  private let output: OutputFile
  private let losses: LossReport
  private var count = 0

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - losses: is told what the format has no place for.
  package init(path: String, format: PredictionFormat, losses: LossReport = LossReport()) throws {
    self.format = format
    self.losses = losses
    output = try OutputFile(path: path)
  }

  /// - Throws: `InputError` for a prediction that the format cannot hold at all.
  package func append(_ entry: PredictionEntry) throws {
    losses.add(entry.fields(at: count), notIn: format.carries)
    switch format {
    case .jsonl: try output.write(entry.own(id: id(of: entry), text: text(of: entry)).line + "\n")
    case .nqOpen:
      let record = JSONText.object([
        ("question", .string(try question(of: entry))),
        ("prediction", .string(try text(of: entry))),
      ])
      try output.write(record.line + "\n")
    case .dpr:
      _ = try question(of: entry)
      try writeItem(entry.dpr.indented(level: 1), "[")
    case .squad, .mrqa:
      let answer = JSONText.quoted(try text(of: entry))
      try writeItem("\(JSONText.quoted(try id(of: entry))): \(answer)", "{")
    case .kilt: try output.write(kilt(entry).line + "\n")
    case .fid:
      let answer = losses.column(try text(of: entry))
      try output.write("\(try output.id(id(of: entry)))\t\(answer)\n")
    case .nq: try writeItem(natural(entry).line, "{\"predictions\": [")
    }
    count += 1
  }

  /// Ends the file and gives it its name. Without this call nothing is left behind.
  package func close() throws {
    switch format {
    case .dpr: try output.write(count == 0 ? "[]\n" : "\n]\n")
    case .squad, .mrqa: try output.write(count == 0 ? "{}\n" : "\n}\n")
    case .nq: try output.write(count == 0 ? "{\"predictions\": []}\n" : "\n]}\n")
    case .jsonl, .nqOpen, .kilt, .fid: break
    }
    try output.close()
  }

  private func writeItem(_ text: String, _ opening: String) throws {
    try output.write((count == 0 ? opening : ",") + "\n" + JSONText.margin(1) + text)
  }

  private func id(of entry: PredictionEntry) throws -> String {
    if let id = entry.id { return id }
    throw missing("an id", entry)
  }

  private func question(of entry: PredictionEntry) throws -> String {
    if let question = entry.question { return question }
    throw missing("the question's text", entry)
  }

  private func text(of entry: PredictionEntry) throws -> String {
    if let text = entry.text { return text }
    throw missing("the answer's text", entry)
  }

  private func missing(_ what: String, _ entry: PredictionEntry) -> InputError {
    let name = InputError.quoted(entry.id ?? entry.question ?? "\(count)")
    return InputError(
      file: output.name, expected: "\(what) for \(format.rawValue)", found: "none for \(name)",
      hint: "--questions names the file that has it")
  }

  /// KILT's scorer breaks off at an empty answer: a hyphen, which it normalises away, stands there.
  private func kilt(_ entry: PredictionEntry) throws -> JSONText {
    var text = try text(of: entry)
    if text.allSatisfy(\.isWhitespace) {
      losses.add("no answer (\"-\" stands there, because KILT's scorer refuses empty ones)")
      text = "-"
    }
    var fields = JSONMembersBuilder()
    fields.add("id", .string(try id(of: entry)))
    fields.add("input", entry.question.map(JSONText.string))
    let places = JSONText.array(entry.pages.map(\.json))
    fields.add("output", .array([.object([("answer", .string(text)), ("provenance", places)])]))
    return fields.object
  }

  private func natural(_ entry: PredictionEntry) throws -> JSONText {
    var answer = entry.natural ?? NaturalAnswer()
    if entry.natural == nil {
      let text = try text(of: entry)
      answer.shortScore = entry.score ?? entry.confidence ?? 0
      answer.longScore = answer.shortScore
      if ["yes", "no"].contains(text.lowercased()) {
        answer.yesNo = text.uppercased()
      } else if !text.isEmpty {
        losses.add("answers without a place in the question's page")
      }
    }
    return .object([
      ("example_id", try exampleID(of: entry)), ("long_answer", answer.long.json),
      ("long_answer_score", .number(answer.longScore)),
      ("short_answers", .array(answer.short.map(\.json))),
      ("short_answers_score", .number(answer.shortScore)),
      ("yes_no_answer", .string(answer.yesNo)),
    ])
  }

  /// The scorer compares ids as JSON, and those of Natural Questions are integers.
  private func exampleID(of entry: PredictionEntry) throws -> JSONText {
    let id = try id(of: entry)
    return Int(id).map { "\($0)" == id } == true ? .integer(Int(id) ?? 0) : .string(id)
  }
}

extension PredictionEntry {
  /// Our own record, as `Prediction` writes it; what is not known is left out.
  fileprivate func own(id: String, text: String) -> JSONText {
    var fields = JSONMembersBuilder()
    fields.add("id", .string(id))
    fields.add("question", question.map(JSONText.string))
    fields.add("prediction", .string(text))
    fields.add("confidence", confidence.map(JSONText.number))
    fields.add("no_answer_probability", noAnswerProbability.map(JSONText.number))
    fields.add("passages", .array(passages.map(\.json)))
    fields.add(
      "evidence",
      evidence.map {
        .object([("id", .string($0.id)), ("start", .integer($0.start)), ("end", .integer($0.end))])
      } ?? .null)
    if !answers.isEmpty { fields.add("answers", .strings(answers)) }
    return fields.object
  }

  /// As DPR's reader writes it: `top_k` is how many passages were read, `passage_idx` the place of
  /// the one that the answer comes from.
  fileprivate var dpr: JSONText {
    let place = passages.firstIndex { $0.id == evidence?.id }
    let best = JSONText.object([
      ("text", .string(text ?? "")),
      ("score", .number(score ?? confidence ?? 0)),
      ("relevance_score", place.map { .number(passages[$0].score) } ?? .null),
      ("passage_idx", place.map(JSONText.integer) ?? .null),
      ("passage", evidenceText.map(JSONText.string) ?? .null),
    ])
    let depth = passages.count { $0.packed }
    return .object([
      ("question", .string(question ?? "")), ("gold_answers", .strings(answers)),
      ("predictions", .array([.object([("top_k", .integer(depth)), ("prediction", best)])])),
    ])
  }

  /// The pages that support the answer: those the record names, or the evidence's and then those
  /// of the passages that were read.
  fileprivate var pages: [Provenance] {
    if !provenance.isEmpty { return provenance }
    let read = passages.filter(\.packed)
    let supporting = read.filter { $0.id == evidence?.id } + read.filter { $0.id != evidence?.id }
    var pages: [Provenance] = []
    for source in supporting {
      let page = Passage.page(of: source.id)
      if pages.contains(where: { $0.page == page }) { continue }
      pages.append(Provenance(page: page, title: source.title.isEmpty ? nil : source.title))
    }
    return pages
  }
}

extension Prediction.Source {
  fileprivate var json: JSONText {
    var fields = JSONMembersBuilder()
    fields.add("id", .string(id))
    fields.add("title", .string(title))
    fields.add("rank", .integer(rank))
    fields.add("score", .number(score))
    fields.add("packed", .bool(packed))
    fields.add("has_answer", hasAnswer.map(JSONText.bool))
    return fields.object
  }
}
