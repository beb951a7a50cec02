import ArgumentParser
import Foundation
import Reading
import Retrieval

struct Convert: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Turns a file of questions, rankings, judgements, predictions or passages into another format.",
    discussion: """
      What IN is shows in its content; --from says it where that does not, as for FiD's \
      predictions (--from predictions/fid). What OUT has no place for is named on standard error.

      questions (--to): \(RecordKind.questions.writable.joined(separator: ", ")); also read: nq
      rankings: \(RecordKind.rankings.writable.joined(separator: ", "))
      judgements: \(RecordKind.judgements.writable.joined(separator: ", "))
      predictions: \(RecordKind.predictions.writable.joined(separator: ", "))
      passages: \(RecordKind.passages.writable.joined(separator: ", ")); \
      also read: kilt, atlas, squad, text

      A name means the format of that name for what IN holds: --to dpr makes DPR's CSV of \
      questions, its JSON of rankings, its reader's JSON of predictions. With its kind before it \
      (judgements/beir, questions/dpr) it also makes judgements of questions that name their gold \
      passages, and questions of rankings.

      EXAMPLE: firn convert nq-dev.jsonl.gz nq-open.jsonl --to nq-open
      EXAMPLE: firn convert wiki.trec wiki.json --to dpr --questions nq-open.jsonl --index wiki
      """)

  @Argument(help: ArgumentHelp("File to read, or - for standard input.", valueName: "in"))
  var input: String
  @Argument(help: ArgumentHelp("File to write, or - for standard output.", valueName: "out"))
  var output: String
  @Option(help: ArgumentHelp("Format of OUT.", valueName: "format"))
  var to: RecordFormat
  @Option(help: ArgumentHelp("Format of IN (default: recognised).", valueName: "format"))
  var from: RecordFormat?
  @Option(
    help: "Questions that rankings or predictions are about: their texts, answers and order.")
  var questions: String?
  @Option(help: "Format of those questions (default: recognised).")
  var questionFormat: QuestionFormat?
  @Option(name: .shortAndLong, help: "Index to look up texts that rankings name by id only.")
  var index: IndexPath?
  @Option(
    help: ArgumentHelp(
      "Put TEXT before the passages' ids that lack it: wiki: for DPR's tools.", valueName: "text"))
  var idPrefix = ""
  @Option(
    help: ArgumentHelp("Read how probable no answer is from SQuAD's JSON.", valueName: "file"))
  var naProb: String?
  @Option(
    help: ArgumentHelp("Write how probable no answer is as SQuAD's JSON.", valueName: "file"))
  var naProbOutput: String?
  @Flag(help: "Leave out bad records and count them instead of stopping.")
  var skipBad = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let found = try RecognisedFile(input, forced: from, towards: to)
    let target = try to.kind(preferring: found.kind) {
      found.kind.targets.contains($0) ? $0.writable : []
    }
    let how = from == nil ? "recognised" : "as you say"
    global.note("\(input): \(found.kind.rawValue), \(found.format) (\(how))")
    let conversion = Conversion(
      input: input, output: output, from: found.format, to: to.name,
      report: ReadingReport(skipsBad: skipBad), losses: LossReport())
    let count = try run(conversion, found.kind, target)
    report(conversion, "\(output): \(count) \(target.rawValue), \(to.name)")
  }

  private func run(
    _ conversion: Conversion, _ kind: RecordKind, _ target: RecordKind
  ) throws -> Int {
    try require([.rankings, .predictions], for: "--questions", questions, kind)
    try require([.rankings], for: "--index", index?.path, kind)
    try require([.rankings], for: "--id-prefix", idPrefix.isEmpty ? nil : idPrefix, kind)
    try require([.predictions], for: "--na-prob", naProb ?? naProbOutput, kind)
    let join = RankingJoin(
      questions: try joinedQuestions(kind),
      index: try index.map { try PassageIndex(path: $0.path) },
      idPrefix: idPrefix)
    switch (kind, target) {
    case (.passages, .passages): return try conversion.passages()
    case (.questions, .questions): return try conversion.questions()
    case (.questions, .judgements): return try conversion.judgementsOfQuestions()
    case (.rankings, .rankings): return try conversion.rankings(join)
    case (.rankings, .questions): return try conversion.questionsOfRankings(join)
    case (.judgements, .judgements): return try conversion.judgements()
    case (.predictions, .predictions):
      return try PredictionConversion(
        files: conversion, questions: join.questions, pages: naturalPages, naProb: naProb,
        naProbOutput: naProbOutput
      ).run()
    default:
      preconditionFailure("expected a target of \(kind), found \(target)")
    }
  }

  /// Refuses an option that would do nothing.
  private func require(
    _ kinds: [RecordKind], for option: String, _ value: String?, _ found: RecordKind
  ) throws {
    if value == nil || kinds.contains(found) { return }
    let names = kinds.map(\.rawValue).joined(separator: " or ")
    throw ValidationError("\(option): expected \(names) in \(input), found \(found.rawValue)")
  }

  /// Natural Questions, where predictions are places in its pages.
  private var naturalPages: String? {
    guard let questions, questionFormat == nil || questionFormat == .nq,
      let head = try? InputFile(questions).head(), QuestionFormat.recognise(head) == .nq
    else { return nil }
    return questions
  }

  private func joinedQuestions(_ kind: RecordKind) throws -> QuestionLookup? {
    if kind == .predictions, naturalPages != nil { return nil }
    return try questions.map { try QuestionLookup($0, format: questionFormat) }
  }

  /// Losses are told even when all else is quiet.
  private func report(_ conversion: Conversion, _ summary: String) {
    let (report, losses) = (conversion.report, conversion.losses)
    func list(_ items: [(String, Int)]) -> String {
      items.map { "\($0) (\($1))" }.joined(separator: ", ")
    }
    if !report.unread.isEmpty {
      Console.writeError("not read: \(list(report.unread.map { ($0.path, $0.count) }))\n")
    }
    if !losses.losses.isEmpty {
      Console.writeError(
        "not carried over: \(list(losses.losses.map { ($0.what, $0.records) }))\n")
    }
    if let first = report.firstSkipped {
      Console.writeError("skipped \(report.skipped) bad records, the first: \(first)\n")
    }
    global.note(summary)
  }
}
