import Retrieval

/// Reads files of predictions in any format.
package enum PredictionFile {
  /// Calls `body` with every prediction; of most formats one record is in memory at a time.
  ///
  /// - Parameters:
  ///   - format: nil recognises it by the content; what cannot be recognised is read as `fid` where
  ///     it begins with no bracket, else as `jsonl`.
  ///   - report: says whether bad records are skipped, and what was not read.
  /// - Throws: `InputError`, also for two predictions for one question.
  package static func forEachPrediction(
    _ path: String, format: PredictionFormat? = nil, report: ReadingReport = ReadingReport(),
    _ body: (PredictionEntry, _ line: Int) throws -> Void
  ) throws {
    let input = try InputFile(path)
    let head = try input.head()
    let json = JSONHead(head)
    var once = OnePrediction(file: input.name, report: report)
    switch format ?? PredictionFormat.recognise(head) ?? (json == nil ? .fid : .jsonl) {
    case .fid: try readColumns(input, &once, body)
    case .squad, .mrqa: try readMembers(input, &once, body)
    case let found:
      var records = JSONRecords(input, layout: json?.layout ?? .lines)
      while let (bytes, line) = try records.next() {
        let entry = try once.next(line) {
          let record = try JSONRecord(bytes, file: input.name, line: line, report: report)
          return try record.prediction(found)
        }
        if let entry { try body(entry, line) }
      }
    }
  }

  /// FiD's `id<TAB>answer`; the answer may be empty.
  private static func readColumns(
    _ input: InputFile, _ once: inout OnePrediction,
    _ body: (PredictionEntry, Int) throws -> Void
  ) throws {
    while let (text, line) = try input.nextLine() {
      let entry = try once.next(line) {
        let columns = text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        guard columns.count == 2, !columns[0].isEmpty else {
          throw InputError(
            file: input.name, line: line, expected: "an id, a tab and an answer",
            found: InputError.quoted(text))
        }
        return PredictionEntry(id: String(columns[0]), text: String(columns[1]))
      }
      if let entry { try body(entry, line) }
    }
  }

  private static func readMembers(
    _ input: InputFile, _ once: inout OnePrediction,
    _ body: (PredictionEntry, Int) throws -> Void
  ) throws {
    var members = JSONMembers(input)
    while let member = try members.next() {
      let entry = try once.next(member.line) {
        let record = try member.field(member.key)
        return PredictionEntry(
          id: member.key, text: try record.require(member.key, record.string))
      }
      if let entry { try body(entry, member.line) }
    }
  }

  /// SQuAD 2.0's `na_prob`: by the questions' ids, how probable it is that there is no answer.
  /// - Throws: `InputError`, also for numbers outside 0...1.
  package static func noAnswerProbabilities(_ path: String) throws -> [String: Double] {
    var probabilities: [String: Double] = [:]
    var members = JSONMembers(try InputFile(path))
    while let member = try members.next() {
      let record = try member.field(member.key)
      let value = try record.require(member.key, record.number)
      guard (0...1).contains(value) else {
        throw record.error(expected: "a probability in 0...1", found: "\(value)")
      }
      guard probabilities.updateValue(value, forKey: member.key) == nil else {
        throw record.error(
          expected: "each id once", found: "\(InputError.quoted(member.key)) again")
      }
    }
    return probabilities
  }
}

/// Refuses a second prediction for a question. One that only its text names may come again with the
/// same answer: some questions of NQ-open do.
private struct OnePrediction {
  let file: String
  let report: ReadingReport
  private var known: [[UInt8]: (line: Int, text: String?)] = [:]

  init(file: String, report: ReadingReport) {
    self.file = file
    self.report = report
  }

  mutating func next(_ line: Int, _ read: () throws -> PredictionEntry) throws -> PredictionEntry? {
    try report.attempt {
      let entry = try read()
      let name = entry.id ?? entry.question ?? ""
      let key = Array(name.utf8)
      if let first = known[key], entry.id != nil || (!key.isEmpty && first.text != entry.text) {
        throw InputError(
          file: file, line: line, expected: "one prediction for each question",
          found: "\(InputError.quoted(name)) again, first in line \(first.line)")
      }
      known[key] = (line, entry.text)
      return entry
    }
  }
}

extension JSONRecord {
  fileprivate func prediction(_ format: PredictionFormat) throws -> PredictionEntry {
    switch format {
    case .dpr: try dprPrediction()
    case .kilt: try kiltPrediction()
    case .nq: try naturalPrediction()
    default: try ownPrediction()
    }
  }

  private func ownPrediction() throws -> PredictionEntry {
    var entry = PredictionEntry(
      id: try id("id"), question: try string("question"),
      text: try require("prediction", string))
    entry.confidence = try probability("confidence")
    entry.noAnswerProbability = try probability("no_answer_probability")
    entry.answers = try strings("answers") ?? []
    entry.passages = try (records("passages") ?? []).enumerated().map { index, passage in
      Prediction.Source(
        id: try passage.require("id", passage.id), title: try passage.string("title") ?? "",
        rank: try passage.integer("rank") ?? index + 1,
        score: try passage.finite("score") ?? 1 / Double(index + 1),
        packed: try passage.bool("packed") ?? false, hasAnswer: try passage.bool("has_answer"))
    }
    entry.evidence = try record("evidence").map { evidence in
      Prediction.Evidence(
        id: try evidence.require("id", evidence.id),
        start: try evidence.require("start", evidence.integer),
        end: try evidence.require("end", evidence.integer))
    }
    return entry
  }

  private func probability(_ key: String) throws -> Double? {
    try number(key).map { value in
      guard (0...1).contains(value) else {
        throw error(expected: "a \(key) in 0...1", found: "\(value)")
      }
      return value
    }
  }

  /// What DPR's reader found in the most passages, where it says so for several numbers of them.
  private func dprPrediction() throws -> PredictionEntry {
    let depths = try require("predictions", records).map { prediction in
      (
        depth: try prediction.integer("top_k") ?? 0,
        best: try prediction.require("prediction", prediction.record)
      )
    }
    guard let best = depths.max(by: { $0.depth < $1.depth })?.best else {
      throw error(expected: "a prediction in \"predictions\"", found: "none")
    }
    if depths.count > 1 { reportUnread("predictions of smaller top_k") }
    var entry = PredictionEntry(
      id: try id("id"), question: try require("question", string),
      text: try best.require("text", best.string))
    entry.score = try best.finite("score")
    entry.evidenceText = try best.string("passage")
    entry.answers = try strings("gold_answers") ?? []
    return entry
  }

  /// - Throws: unless there is exactly one answer, as KILT's scorer demands.
  private func kiltPrediction() throws -> PredictionEntry {
    let outputs = try require("output", records)
    guard outputs.count == 1, let output = outputs.first else {
      throw error(expected: "one element in \"output\"", found: "\(outputs.count)")
    }
    var entry = PredictionEntry(
      id: try require("id", id), question: try string("input"),
      text: try output.require("answer", output.string))
    entry.provenance = try (output.records("provenance") ?? []).map { place in
      Provenance(
        page: try place.require("wikipedia_id", place.id), title: try place.string("title"))
    }
    return entry
  }

  private func naturalPrediction() throws -> PredictionEntry {
    var answer = NaturalAnswer()
    answer.long = try record("long_answer").map(NaturalSpan.init) ?? NaturalSpan()
    answer.longScore = try finite("long_answer_score") ?? 0
    answer.short = try (records("short_answers") ?? []).map(NaturalSpan.init).filter { !$0.isNull }
    answer.shortScore = try finite("short_answers_score") ?? 0
    answer.yesNo = try string("yes_no_answer")?.uppercased() ?? "NONE"
    guard ["YES", "NO", "NONE"].contains(answer.yesNo) else {
      throw error(expected: "YES, NO or NONE in \"yes_no_answer\"", found: answer.yesNo)
    }
    guard answer.yesNo == "NONE" || answer.short.isEmpty else {
      throw error(
        expected: "a yes or no answer or short answers",
        found: "\(answer.yesNo) and \(answer.short.count) short answers")
    }
    var entry = PredictionEntry(id: try require("example_id", id), text: nil)
    if answer.yesNo != "NONE" { entry.text = answer.yesNo.lowercased() }
    if answer.short.isEmpty, entry.text == nil { entry.text = "" }
    entry.score = answer.shortScore
    entry.natural = answer
    return entry
  }
}
