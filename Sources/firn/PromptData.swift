import Foundation
import Models
import Reading
import Retrieval
import Tuning

/// Questions as a generative reader is asked them, with the answers that it should write.
///
/// Prompts are made as when answering (retrieved, re-ranked, packed until the context is full) and
/// kept in a file of records `{"id","question","input","target","answers"}`, so that they are made once.
struct PromptData {
  let engine: AnsweringEngine
  let packer: PromptPacker

  private struct Record: Encodable {
    let id, question, input, target: String
    /// All that are right; the first is the target.
    let answers: [String]
  }

  /// Makes what the file at `path` lacks of the prompts of a file of questions.
  ///
  /// - Throws: `InputError` when no question has an answer, or when the file was made otherwise.
  func write(
    _ file: String, to path: String, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws {
    let questions = try QuestionFile.read(file).filter { !$0.answers.isEmpty }
    guard !questions.isEmpty else {
      throw InputError(file: file, expected: "questions with answers", found: "none")
    }
    var settings = try engine.settings
    settings["questions"] = try AnsweringEngine.checksum(file)
    let log = try RecordLog(
      path: path, questions: questions, settings: settings,
      hint: "remove it, or name another output")
    let encoder = RecordEncoder()
    let size = AnsweringEngine.batchSize
    for start in stride(from: 0, to: questions.count, by: size) {
      let end = min(start + size, questions.count)
      if end <= log.count { continue }
      let rankings = try engine.rank(Array(questions[start..<end]))
      try log.append(rankings.map { try encoder.line(record($0)) }, from: start)
      try progress(end, questions.count)
    }
  }

  private func record(_ ranking: Ranking) throws -> Record {
    guard let input = packer.pack(ranking).text else {
      throw InputError(
        file: "the question \(InputError.quoted(ranking.question.id))",
        expected: "at most the reader's \(packer.contextTokens) tokens", found: "more")
    }
    // Behind a word, what follows begins with the blank that a model would write.
    let blank = input.last?.isWhitespace == true ? "" : " "
    return Record(
      id: ranking.question.id, question: ranking.question.text, input: input,
      target: blank + ranking.question.answers[0], answers: ranking.question.answers)
  }
}
