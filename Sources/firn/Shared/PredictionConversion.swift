import Reading
import Retrieval

/// Predictions on their way into another format.
struct PredictionConversion {
  let files: Conversion
  /// What the predictions are about; gives their order, too.
  let questions: QuestionLookup?
  /// Natural Questions, for predictions that are places in its pages.
  let pages: String?
  /// Files of SQuAD's probabilities of no answer.
  let naProb: String?
  let naProbOutput: String?

  func run() throws -> Int {
    let writer = try PredictionWriter(
      path: files.output, format: Conversion.named(files.to), losses: files.losses)
    let probabilities = try naProb.map(PredictionFile.noAnswerProbabilities)
    var noAnswer = try naProbOutput.map(NoAnswerFile.init)
    var count = 0
    try forEach { entry in
      var entry = entry
      if let probabilities, let id = entry.id {
        if probabilities[id] == nil { files.losses.add("no probability of no answer was known") }
        entry.noAnswerProbability = probabilities[id] ?? entry.noAnswerProbability
      }
      try noAnswer?.append(entry)
      if naProbOutput == nil, entry.noAnswerProbability != nil,
        ["squad", "mrqa"].contains(files.to)
      {
        files.losses.add("the probability of no answer (--na-prob-output writes it)")
      }
      try writer.append(entry)
      count += 1
    }
    try writer.close()
    try noAnswer?.close()
    return count
  }

  private func forEach(_ body: (PredictionEntry) throws -> Void) throws {
    if let pages { return try forEachPage(pages, body) }
    guard let questions else { return try read(body) }
    var entries = [PredictionEntry?](repeating: nil, count: questions.questions.count)
    try read { entry in
      let place = try files.report.attempt {
        let place = try questions.place(
          id: entry.id, text: entry.question, in: files.input, files.losses)
        guard entries[place] == nil else {
          throw InputError(
            file: files.input, expected: "one prediction for each question",
            found: "another for \(InputError.quoted(questions.questions[place].text))")
        }
        return place
      }
      if let place { entries[place] = joined(entry, questions.questions[place]) }
    }
    let known = entries.compactMap { $0 }
    for _ in known.count..<entries.count { files.losses.add("questions without a prediction") }
    try known.forEach(body)
  }

  private func read(_ body: (PredictionEntry) throws -> Void) throws {
    try PredictionFile.forEachPrediction(
      files.input, format: Conversion.named(files.from), report: files.report
    ) { entry, _ in try body(entry) }
  }

  private func joined(_ entry: PredictionEntry, _ question: Question) -> PredictionEntry {
    var entry = entry
    entry.id = question.id
    entry.question = question.text
    if entry.answers.isEmpty { entry.answers = question.answers }
    return entry
  }

  /// In the order of the pages; texts become places in them and places texts.
  private func forEachPage(_ path: String, _ body: (PredictionEntry) throws -> Void) throws {
    var entries: [String: PredictionEntry] = [:]
    var byText: [[UInt8]: String] = [:]
    try read { entry in
      let name = entry.id ?? entry.question ?? ""
      entries[name] = entry
      if entry.id == nil { byText[Array(name.utf8)] = name }
    }
    let input = try InputFile(path)
    var records = JSONRecords(input, layout: .lines)
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: input.name, line: line)
      let id = try record.require("example_id", record.id)
      let question = try record.require("question_text", record.string)
      let name = entries[id] == nil ? byText[Array(question.utf8)] ?? id : id
      guard var entry = entries.removeValue(forKey: name) else {
        files.losses.add("questions without a prediction")
        continue
      }
      entry.id = id
      entry.question = question
      try entry.complete(from: record)
      try body(entry)
    }
    if let stray = entries.keys.min() {
      throw InputError(
        file: files.input, expected: "questions of \(path)", found: InputError.quoted(stray))
    }
  }
}

extension PredictionEntry {
  /// Finds the answer's text by its place in the question's page, or its place by its text.
  fileprivate mutating func complete(from record: JSONRecord) throws {
    if text != nil, natural != nil { return }
    let page = try NaturalPage(record)
    if let natural {
      text = try natural.short.compactMap { try page.text($0, in: record) }.joined(separator: ", ")
    } else if let text, let place = page.place(of: text) {
      var answer = NaturalAnswer()
      answer.short = [place]
      answer.shortScore = score ?? confidence ?? 0
      answer.longScore = answer.shortScore
      answer.long = try page.longAnswer(around: place, in: record)
      natural = answer
    }
  }
}

/// SQuAD 2.0's file of probabilities, beside its predictions.
private struct NoAnswerFile {
  private let output: OutputFile
  private var count = 0

  init(_ path: String) throws { output = try OutputFile(path: path) }

  /// Where the file says no more than how confident the answer is, no answer takes the rest.
  mutating func append(_ entry: PredictionEntry) throws {
    guard let id = entry.id else {
      throw InputError(
        file: output.name, expected: "ids for the probabilities of no answer", found: "none",
        hint: "--questions names the file that has them")
    }
    let probability = entry.noAnswerProbability ?? 1 - (entry.confidence ?? 1)
    try output.write(
      "\(count == 0 ? "{" : ",")\n    \(JSONText.quoted(id)): \(JSONText.number(probability).line)")
    count += 1
  }

  func close() throws {
    try output.write(count == 0 ? "{}\n" : "\n}\n")
    try output.close()
  }
}
