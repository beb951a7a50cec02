import ArgumentParser
import Foundation
import Models
import Native
import Retrieval
import Synchronization
import Tuning

struct TuneReranker: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reranker",
    abstract: "Learns how to combine retrieval scores and late interaction over frozen tokens.",
    discussion: """
      The right passage of a question is the one that its record names (passage_id), or any that \
      bears an answer. Dev questions that are also trained on are left out.

      EXAMPLE: firn tune reranker --index wiki --questions train.jsonl --dev dev.jsonl \
      --output reranker.safetensors
      """)

  @Option(name: .shortAndLong, help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Option(parsing: .upToNextOption, help: "Files of questions to learn from.")
  var questions: [String]
  @Option(help: "File of questions to measure on.")
  var dev: String
  @Option(help: "Where the module goes.")
  var output: String
  @Option(help: "Passages of each question.")
  var candidates = 50
  @Option(help: "How they are found.")
  var method = RetrievalMethod.hybrid
  @Option(help: ArgumentHelp("Leave out the questions of fold I of N.", valueName: "i/n"))
  var holdOut: Fold?
  @Option(help: "Passes over the questions at most.")
  var epochs = 6
  @Option(help: "Peak learning rate.")
  var rate: Float = 3e-3
  @Option var seed: UInt64 = 1
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try requirePositive(candidates, "candidates")
    try requirePositive(epochs, "epochs")
  }

  func run() throws {
    let index = try PassageIndex(path: index.path)
    guard let described = index.info.settings.encoder else {
      throw IndexError(
        .mismatch, "the index has no vectors", path: index.path,
        hint: "index again with an encoder, whose token vectors are then used")
    }
    let base = try FrozenBase(described.name)
    let tokens = TokenEncoder(
      network: base.network, tokenizer: base.tokenizer)
    let training = try prepare(index, tokens)
    global.note("as retrieved: dev \(Self.text(training.baseline))")
    let result = try training.run(report: note)
    let reranker = LateInteractionReranker(
      encoder: tokens, scale: result.scale, parameters: result.parameters,
      network: training.network)
    try module(reranker, result.best, described).save(path: output)
  }

  private func prepare(_ index: PassageIndex, _ tokens: TokenEncoder) throws -> RerankerTraining {
    let read = try questions.flatMap { try QuestionFile.read($0) }
    let train = read.filter { question in
      holdOut.map { fold(of: question.text, count: $0.count) != $0.index } ?? true
    }
    let known = Set(train.map { RerankingData.key($0.text) })
    let dev = try QuestionFile.read(dev).filter { !known.contains(RerankingData.key($0.text)) }
    if train.isEmpty || dev.isEmpty {
      throw InputError(
        file: train.isEmpty ? questions.joined(separator: ", ") : self.dev,
        expected: "questions\(train.isEmpty ? "" : " that are not trained on")", found: "none")
    }
    let data = RerankingData(
      retriever: try Engines.retriever(index, method, reranker: nil),
      features: RankingFeatures(encoder: tokens), candidates: candidates, questions: read + dev)
    var settings = RerankerTraining.Settings()
    settings.epochs = epochs
    settings.rate = rate
    settings.seed = seed
    let examples = try data.examples(train, progress: progress("training passages"))
    guard examples.contains(where: \.teaches) else {
      throw InputError(
        file: questions.joined(separator: ", "),
        expected: "a question whose right passage is in the index", found: "none")
    }
    return RerankerTraining(
      network: RankingNetwork(), settings: settings, examples: examples,
      dev: try data.examples(dev, progress: progress("dev passages")))
  }

  private func progress(_ phase: String) -> @Sendable (Int, Int) -> Void {
    let state = Mutex((line: ProgressLine(quiet: global.quiet), done: 0))
    return { count, total in
      state.withLock {
        $0.done = $0.done == total ? count : $0.done + count
        $0.line.update(phase, $0.done, of: total)
      }
    }
  }

  private func note(_ report: RerankerTraining.Report) {
    global.note(
      "epoch \(report.epoch): loss \(report.loss), dev \(Self.text(report.dev))")
  }

  private static func text(_ score: RerankingScore) -> String {
    let recalls = [1, 3, 5, 10, 20].map {
      "top \($0) " + String(format: "%.1f", 100 * score.recall(at: $0))
    }
    return recalls.joined(separator: ", ")
      + String(format: ", MRR %.3f (n=%d)", score.reciprocalRank, score.questions)
  }

  private func module(
    _ reranker: LateInteractionReranker, _ best: RerankerTraining.Report,
    _ encoder: EncoderDescription
  ) -> ModuleFile {
    func name(_ path: String) -> String { (path as NSString).lastPathComponent }
    return ModuleFile(
      kind: LateInteractionReranker.kind, baseModel: encoder.name, baseSHA256: encoder.checksum,
      trainingData: questions.map(name).joined(separator: " "), seed: seed, steps: best.steps,
      toolVersion: Firn.version, devScore: "\(Self.text(best.dev)) on \(name(dev))",
      command: CommandLine.arguments.dropFirst().map(name).joined(separator: " "),
      settings: reranker.settings, tensors: reranker.tensors)
  }
}
