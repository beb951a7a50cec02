import Foundation
import Models
import Reading
import Tensors
import Testing

@testable import Tuning

/// Training on a handful of made-up examples with a tiny random network.
struct ReaderTrainingTests {
  private let network: SpanNetwork
  private let builder: WindowBuilder
  private let examples: [(example: ReadingExample, count: Int)]

  init() throws {
    let folder = try TemporaryFolder()
    let words =
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."]
      + ["who", "what", "ran", "ate", "ann", "bob", "cat", "dog", "fig", "the", "a", "and", "then"]
    let vocabulary = folder.path("vocab.txt")
    try Data(words.joined(separator: "\n").utf8).write(to: URL(filePath: vocabulary))
    let tokenizer = try WordPieceTokenizer(vocabulary: vocabulary, settings: nil)
    network = SpanNetwork(frozen: try TinyCheckpoint.load(seed: 2), .init(rank: 2, block: 8))
    var builder = WindowBuilder(tokenizer: tokenizer)
    builder.longest = 16
    builder.overlap = 2
    self.builder = builder
    let lines = [
      #"{"question": "who ran", "passage": "ann ran and the dog ate", "answers": ["ann"], "answer_start": 0}"#,
      #"{"question": "who ate", "passage": "ann ran and the dog ate", "answers": ["the dog", "dog"], "answer_start": 12}"#,
      #"{"question": "what ate", "passage": "a cat ate a fig", "answers": ["a cat"], "answer_start": 0}"#,
      #"{"question": "who ran then", "passage": "then bob ran", "answers": ["bob"], "answer_start": 5}"#,
    ]
    let data = folder.path("train.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: data))
    examples = try ReadingExample.read(data).map { ($0, 1) }
  }

  private func training(
    _ change: (inout ReaderTraining.Settings) -> Void = { _ in }
  ) throws -> ReaderTraining {
    var settings = ReaderTraining.Settings()
    settings.examples = 240
    settings.batch = 4
    settings.rate = 2e-2
    settings.crop = 8
    change(&settings)
    return try ReaderTraining(
      network: network, builder: builder, settings: settings, weighted: examples)
  }

  private func run(_ training: ReaderTraining, _ state: inout TrainingState, steps: Int) throws
    -> [Float]
  {
    try (0..<steps).map { _ in try training.step(&state).loss }
  }

  @Test func lossFallsAndTheFrozenWeightsStay() throws {
    let before = network.frozen.layers[0].query.weight.copy()
    let training = try training()
    var state = TrainingState(parameters: network.initialParameters(seed: 1))
    let losses = try run(training, &state, steps: 60)
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < first / 2)
    #expect(network.frozen.layers[0].query.weight.copy() == before)
  }

  @Test func aResumedRunEndsWithTheSameBytes() throws {
    let training = try training { $0.negatives = 0.3 }
    var whole = TrainingState(parameters: network.initialParameters(seed: 1))
    _ = try run(training, &whole, steps: 12)

    var half = TrainingState(parameters: network.initialParameters(seed: 1))
    _ = try run(training, &half, steps: 5)
    let folder = try TemporaryFolder()
    try half.save(path: folder.path("state"), settings: "these")
    var resumed = try TrainingState(path: folder.path("state"), settings: "these")
    _ = try run(training, &resumed, steps: 7)
    #expect(resumed.parameters == whole.parameters)
    #expect(resumed.optimizer.step == 12)
    #expect(throws: CheckpointError.self) {
      try TrainingState(path: folder.path("state"), settings: "others")
    }
  }

  @Test func theRateRisesThenFallsToZero() throws {
    let settings = try training { $0.warmUp = 0.1 }.settings
    #expect(settings.steps == 60)
    #expect(settings.rate(at: 6) == settings.rate)
    #expect(settings.rate(at: 3) == settings.rate / 2)
    #expect(settings.rate(at: 60) < settings.rate / 50)
    #expect(settings.rate(at: 61) == 0)
  }

  @Test func aRateFarTooHighStopsWithTheStep() throws {
    let training = try training { $0.rate = .infinity }
    var state = TrainingState(parameters: network.initialParameters(seed: 1))
    #expect(throws: DivergenceError.self) { try run(training, &state, steps: 5) }
  }

  @Test func examplesWithoutAnAnswerAreNoTrainingSet() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("none.jsonl")
    let line = #"{"question": "who", "passage": "a dog", "answers": ["cat"], "answer_start": 0}"#
    try Data(line.utf8).write(to: URL(filePath: path))
    let none = try ReadingExample.read(path).map { ($0, 1) }
    #expect(throws: EmptyTrainingSetError.self) {
      try ReaderTraining(network: network, builder: builder, settings: .init(), weighted: none)
    }
  }

  @Test func croppedWindowsHoldTheirAnswer() throws {
    let passage = EncodedPassage(
      text: "", title: [],
      encoding: builder.tokenizer.encode("ann ran and the dog ate and bob ran and the cat ate"))
    var random = SplitMix64(seed: 4)
    for start in 0..<12 {
      let answer = start..<start + 2
      let cut = TrainingWindow(
        question: [6], passage, answer: answer, longest: 5, builder: builder, using: &random)
      let found = try #require(cut.answer)
      #expect(Array(cut.window.ids[found]) == Array(passage.encoding.ids[answer]))
      #expect(cut.window.passage.count == 5)
    }
  }

  @Test func hardNegativesAreAlikeAndWithoutTheAnswer() throws {
    let texts = ["ann ran and the dog ate", "a dog ran", "bob ate a fig", "the dog ran then"]
    var passages = texts.map {
      EncodedPassage(text: $0, title: [], encoding: builder.tokenizer.encode($0))
    }
    // Enough other passages that no token is in a tenth of them.
    passages += (0..<60).map { _ in
      EncodedPassage(text: "and then", title: [], encoding: builder.tokenizer.encode("and then"))
    }
    let example = try #require(
      EncodedExample(examples[0].example, passage: 0, passages[0], builder))
    let found = HardNegatives(passages).find(for: example, count: 3)
    #expect(Set(found) == [1, 3])
  }
}

/// A folder that goes away with the value.
final class TemporaryFolder {
  private let url = FileManager.default.temporaryDirectory.appending(path: "firn-\(UUID())")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}
