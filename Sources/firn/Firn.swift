import ArgumentParser
import Foundation
import Models
import Native
import Reading
import Retrieval
import Tuning

@main
struct Firn: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "firn",
    abstract: "Answers questions from a corpus with a language model that stays frozen.",
    version: "0.1.0")

  @Option var train: [String] = []
  @Option var dev: String
  @Option var examples = 3200
  @Option var rank = 32
  @Option var crop = 110

  func run() async throws {
    keepFreedMemory()
    let bert = try BERT.load(Checkpoint(folder: "models/minilm"))
    let tokenizer = try WordPieceTokenizer(folder: "models/minilm")
    let network = SpanNetwork(frozen: bert, rank: rank)
    let builder = WindowBuilder(tokenizer: tokenizer)
    var settings = ReaderTraining.Settings()
    settings.examples = examples
    settings.crop = crop
    func load(_ path: String) throws -> [ReadingExample] {
      let reader = try LineReader(path: path)
      var out: [ReadingExample] = []
      while let line = try reader.next() {
        out.append(try JSONDecoder().decode(ReadingExample.self, from: Data(line)))
      }
      return out
    }
    var weighted: [(example: ReadingExample, count: Int)] = []
    for t in train { weighted += try load(t).filter { $0.answerRange != nil }.map { ($0, 1) } }
    print(weighted.count)
    let training = ReaderTraining(network: network, builder: builder, settings: settings, weighted: weighted)
    var state = training.start()
    let t0 = Date()
    var avg: Float = 0
    for _ in 0..<settings.steps {
      let r = try training.step(&state)
      avg += r.loss
      if r.step % 20 == 0 {
        print(r.step, r.steps, avg / 20, r.gradientNorm, Double(r.step * settings.batch) / Date().timeIntervalSince(t0), "ex/s")
        avg = 0
      }
    }
    let reader = SpanReader(network: network, parameters: state.parameters, builder: builder)
    let devs = try load(dev).prefix(400)
    let t1 = Date()
    let found = reader.read(devs.map { .init(question: $0.question, passages: [Passage(id: "", title: $0.title, text: $0.passage)]) })
    var em = 0
    for (d, f) in zip(devs, found) { if d.answers.contains(where: { $0.lowercased() == f[0][0].text.lowercased() }) { em += 1 } }
    print("raw em", Double(em) / Double(devs.count), Date().timeIntervalSince(t1))
  }
}
