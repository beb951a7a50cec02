import ArgumentParser
import Foundation
import Models
import Reading
import Tuning

/// What a module of a generative model learns from: questions that the reader is asked as when
/// answering, pairs of input and target, or tasks.
struct PairOptions: ParsableArguments {
  @Option(help: "File of questions with answers to learn from.") var questions: String?
  @Option(help: "File of examples to learn from, in place of --questions.") var train: String?
  @Option(help: "YAML file of tasks to learn from and to measure on, in place of files.")
  var tasks: String?
  @Option(help: "File of questions, or of examples, to measure on.") var dev: String?

  /// What these options come to.
  struct Data {
    let pairs: TrainingData
    /// Names of the files that are learned from and measured on.
    let learned, measured: String
    /// What a resumed run must find again.
    let text: String
    /// How tasks are mixed.
    var note: String?
  }

  /// - Throws: `ValidationError` when the files do not go with the other options.
  func check(_ retrieval: RetrievalOptions, _ reader: ReaderOptions) throws {
    let reads = retrieval.index != nil || reader.generative.closedBook
    guard [questions, train, tasks].count(where: { $0 != nil }) == 1, reads == (questions != nil)
    else {
      throw ValidationError(
        "expected --questions with --index or --closed-book, else --train or --tasks")
    }
    guard (dev == nil) == (tasks != nil) else {
      throw ValidationError("expected --dev, which --tasks has in its file")
    }
    guard reader.generative.precision ?? .float32 == .float32 else {
      throw ValidationError("--precision: expected float32, which modules are learned on")
    }
  }

  /// The model to learn for, and what it is asked with.
  ///
  /// - Parameter reserved: places that a prompt's text leaves free, beside those of the answer.
  func base(
    _ reader: ReaderOptions, _ retrieval: RetrievalOptions, reserved: Int
  ) async throws -> (AnsweringEngine, FrozenGenerator) {
    let engine = try await AnsweringEngine.load(
      reader, retrieval, ranks: retrieval.index != nil, reserved: reserved)
    let packer = (engine.answerer as? GenerativeAnswerer)?.packer
    guard let model = (packer?.model as? LocalLanguageModel)?.model else {
      throw ValidationError(
        "--reader: expected a model that modules can be learned for, found \(reader.reader)")
    }
    return (engine, try FrozenGenerator(reader.reader, model))
  }

  /// The pairs; those of questions are made and kept beside the output.
  ///
  /// - Parameters:
  ///   - room: places that the module takes.
  ///   - answered: dev examples that are answered for their scores.
  func data(
    _ engine: AnsweringEngine, _ base: FrozenGenerator, _ reader: ReaderOptions, output: String,
    leaving room: Int, answered: Int, quiet: Bool
  ) throws -> Data {
    let maxTokens = reader.maxTokens ?? CompletionSettings().maxTokens
    let learned = questions ?? train ?? tasks ?? ""
    let measured = dev ?? learned
    func name(_ path: String) -> String { (path as NSString).lastPathComponent }
    func data(_ pairs: TrainingData, _ text: String) -> Data {
      Data(
        pairs: pairs, learned: name(learned), measured: name(measured), text: "\(learned) \(text)")
    }
    if let tasks {
      let file = try TaskFile(tasks, seed: reader.seed)
      let pairs = try TrainingData(
        file, for: base.model, leaving: room, answered: answered, maxTokens: maxTokens)
      var data = data(pairs, try file.text)
      data.note = file.summary
      return data
    }
    func path(_ part: String, _ file: String) throws -> String {
      guard questions != nil, let packer = (engine.answerer as? GenerativeAnswerer)?.packer
      else { return file }
      let path = "\(output).\(part).jsonl"
      let progress = ProgressLine(quiet: quiet)
      try PromptData(engine: engine, packer: packer).write(file, to: path) {
        try progress.reportOrStop("\(part) prompts", $0, of: $1)
      }
      return path
    }
    let pairs = try TrainingData(
      train: path("train", learned), dev: path("dev", measured), for: base.model, leaving: room,
      answered: answered, maxTokens: maxTokens)
    return data(pairs, "")
  }
}
