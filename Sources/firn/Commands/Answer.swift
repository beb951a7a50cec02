import ArgumentParser
import Foundation
import Reading
import Retrieval

struct Answer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answers a file of questions.",
    discussion: """
      Run again after an interruption, it goes on where it stopped. OUTPUT.run.json holds the \
      settings; answers of other settings are never mixed into one file.

      EXAMPLE: firn answer nq.jsonl --index wiki --output nq.predictions.jsonl
      """)

  @Argument(help: "File of questions, or - for standard input.")
  var questions: String
  @OptionGroup var retrieval: RetrievalOptions
  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "Read the rankings of a run; with --index for the texts of a TREC run.", valueName: "run"))
  var runPath: String?
  @Flag(help: "Read the passage that stands beside each question in its file.")
  var oracle = false
  @Option(help: ArgumentHelp("Answer the questions of fold I of N only.", valueName: "i/n"))
  var fold: Fold?
  @Flag(help: "Begin anew where the output holds answers.")
  var restart = false
  @Option(help: "Format of the questions (default: recognised).")
  var questionFormat: QuestionFormat?
  @OptionGroup var reader: ReaderOptions
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File for the predictions; - is standard output.", valueName: "file"))
  var output = "-"
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    let sources = [oracle, reader.generative.closedBook, runPath != nil || retrieval.index != nil]
    guard sources.count(where: { $0 }) == 1 else {
      throw ValidationError("expected one of --index, --run, --oracle and --closed-book")
    }
  }

  func run() async throws {
    let questions = try QuestionFile.read(self.questions, format: questionFormat)
      .filter { fold?.contains($0.text) ?? true }
    let source = try source(questions)
    let engine = try await AnsweringEngine.load(
      reader, retrieval, ranks: runPath == nil && !oracle)
    var sink = try PredictionSink(
      output, questions, settings: settings(engine, source), restart: restart)
    let line = ProgressLine(quiet: global.quiet)
    if sink.count > 0 { global.note("going on behind \(sink.count) answers in \(output)") }
    var overflow = Overflow()
    while sink.count < questions.count {
      try Interruption.check()
      // A batch of which some answers are there is read whole all the same: the last digits of the
      // scores hang on what is read together, and the file is to be that of a run in one go.
      let start = sink.count / AnsweringEngine.batchSize * AnsweringEngine.batchSize
      let batch = questions[start..<min(start + AnsweringEngine.batchSize, questions.count)]
      let rankings = try rankings(Array(batch), engine, source).map { $0.judged() }
      let (all, failure) = try await engine.answerer.answered(rankings)
      let answered = all.dropFirst(sink.count - start)
      try sink.append(answered.map(\.prediction))
      if let failure { throw failure }
      for context in answered.map(\.context) { overflow.count(context) }
      line.update("questions", sink.count, of: questions.count)
    }
    overflow.notes.forEach(global.note)
  }

  /// Rankings that the user gave, by question; nil where the index ranks.
  private func source(_ questions: [Question]) throws -> [String: [RankedPassage]]? {
    if oracle {
      return try Dictionary(
        uniqueKeysWithValues: questions.map { question in
          guard let passage = question.passage else {
            throw InputError(
              file: self.questions, expected: "a passage beside each question",
              found: "none for \(InputError.quoted(question.id))")
          }
          return (question.id, [RankedPassage(passage: passage, score: 0)])
        })
    }
    return try runPath.map { run in
      let rankings = Dictionary(
        uniqueKeysWithValues: try RunReader.read(run).map { ($0.question.id, $0.passages) })
      if let open = questions.first(where: { rankings[$0.id] == nil }) {
        throw InputError(
          file: run, expected: "a ranking for each question",
          found: "none for \(InputError.quoted(open.id))")
      }
      return rankings
    }
  }

  private func rankings(
    _ questions: [Question], _ engine: AnsweringEngine, _ source: [String: [RankedPassage]]?
  ) throws -> [Ranking] {
    guard let source else { return try engine.rank(questions) }
    return try questions.map {
      let passages = source[$0.id] ?? []
      return try engine.texts(
        of: Ranking(question: $0, passages: Array(passages.prefix(retrieval.top))),
        run: runPath ?? self.questions)
    }
  }

  private func settings(
    _ engine: AnsweringEngine, _ source: [String: [RankedPassage]]?
  ) throws -> [String: String] {
    var settings = try engine.settings
    settings["passages from"] =
      oracle ? "questions" : runPath != nil ? "run" : retrieval.index == nil ? "nowhere" : "index"
    settings["run"] = try runPath.map(AnsweringEngine.checksum)
    settings["fold"] = fold.map { "\($0.index)/\($0.count)" }
    return settings
  }
}

/// How often something did not fit into the reader's context.
private struct Overflow {
  private var full = 0
  private var cut = 0
  private var unread = 0

  mutating func count(_ context: PackedContext) {
    if context.isCut { cut += 1 }
    if context.dropped > 0 { full += 1 }
    if context.packed.isEmpty, context.dropped > 0 { unread += 1 }
  }

  var notes: [String] {
    [
      (full, "the context was full for"), (cut, "the best passage was cut for"),
      (unread, "there was no room for a passage, and no answer is given, for"),
    ].filter { $0.0 > 0 }.map { "\($0.1) \($0.0) questions" }
  }
}

/// Where predictions go: a file that can be gone on with, or standard output.
private struct PredictionSink {
  private let log: RecordLog?
  private(set) var count = 0

  init(
    _ path: String, _ questions: [Question], settings: [String: String], restart: Bool
  ) throws {
    log =
      path == "-"
      ? nil
      : try RecordLog(
        path: path, questions: questions, settings: settings, restart: restart,
        hint: "name another file, or begin anew with --restart")
    count = log?.count ?? 0
  }

  mutating func append(_ predictions: [Prediction]) throws {
    let lines = try predictions.map { try $0.line() }
    if let log {
      try log.append(lines, from: count)
    } else {
      let text = lines.map { $0 + "\n" }.joined()
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
    count += predictions.count
  }
}
