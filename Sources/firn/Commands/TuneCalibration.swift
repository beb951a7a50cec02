import ArgumentParser
import Evaluation
import Foundation
import Models
import Reading
import Retrieval
import Tuning

struct TuneCalibration: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibration",
    abstract: "Fits how span and passage scores combine, and the confidence in the answer.",
    discussion: """
      The questions are answered over the index as firn answer would; some should have no answer \
      there, so that the confidence learns when to doubt.

      EXAMPLE: firn tune calibration --index starter --questions dev.jsonl --output reader.safetensors
      """)

  @OptionGroup var retrieval: RetrievalOptions
  @Option(help: "File of questions, some of them without an answer.")
  var questions: String
  @OptionGroup var reader: ReaderOptions
  @Option(help: "Where the reader's module goes, with what was fitted in its settings.")
  var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if retrieval.index == nil { throw ValidationError("Missing expected argument '--index'") }
  }

  func run() async throws {
    let questions = try QuestionFile.read(self.questions)
    let engine = try await AnsweringEngine.load(reader, retrieval, ranks: true)
    guard let answerer = engine.answerer as? SpanAnswerer else {
      throw ValidationError("--reader: expected one that marks answers in passages")
    }
    let line = ProgressLine(quiet: global.quiet)
    var readings: [SpanAnswerer.Reading] = []
    while readings.count < questions.count {
      let batch = questions[readings.count..<min(readings.count + 32, questions.count)]
      readings += answerer.read(try engine.rank(Array(batch)))
      try line.reportOrStop("questions", readings.count, of: questions.count)
    }
    guard !readings.isEmpty else {
      throw InputError(file: self.questions, expected: "at least one question", found: "none")
    }
    let tuned = CombinationTuning(readings, answerer: answerer) { index, text in
      let answers = questions[index].answers
      return !answers.isEmpty && AnswerNormalization.squad.exactMatch(text, golds: answers)
    }
    var module = try ModuleFile(path: ModulePaths(reader.module).reader)
    module.settings.merge(tuned.combination.settings) { $1 }
    try module.save(path: output)
    let percent = String(format: "%.1f", 100 * tuned.accuracy)
    global.note("passage weight \(tuned.combination.passageWeight), \(percent) % right")
  }
}
