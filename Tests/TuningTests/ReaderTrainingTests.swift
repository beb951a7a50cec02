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
    settings.batch = 4
    settings.crop = 8
    change(&settings)
    return try ReaderTraining(
      network: network, builder: builder, settings: settings, weighted: examples,
      dev: examples.map(\.example))
  }

  private func loop(rate: Float = 2e-2, steps: Int = 60) -> TrainingLoop {
    TrainingLoop(
      settings: .init(
        schedule: LearningSchedule(peak: rate, steps: steps, warmUp: 0.05, course: .linear)))
  }

  @Test func lossFallsAndTheFrozenWeightsStay() throws {
    let before = network.frozen.layers[0].query.weight.copy()
    let training = try training()
    var state = TrainingState(parameters: network.initialParameters(seed: 1))
    let untrained = try training.devLoss(parameters: state.parameters)
    try loop().run(training, &state)
    #expect(try training.devLoss(parameters: state.parameters) < untrained / 2)
    #expect(network.frozen.layers[0].query.weight.copy() == before)
  }

  @Test func aResumedRunEndsWithTheSameBytes() throws {
    let training = try training { $0.negatives = 0.3 }
    var whole = TrainingState(parameters: network.initialParameters(seed: 1))
    try loop().run(training, &whole)

    let folder = try TemporaryFolder()
    let path = folder.path("state")
    var half = TrainingState(parameters: network.initialParameters(seed: 1))
    var steps = 0
    #expect(throws: CancellationError.self) {
      try loop().run(
        training, &half, save: { try $0.save(path: path, settings: "these") },
        stop: {
          steps += 1
          if steps == 5 { throw CancellationError() }
        })
    }
    var resumed = try TrainingState(path: path, settings: "these")
    #expect(resumed.optimizer.step == 5)
    try loop().run(training, &resumed)
    #expect(resumed.parameters == whole.parameters)
    #expect(resumed.optimizer.step == 60)
    #expect(throws: CheckpointError.self) {
      try TrainingState(path: path, settings: "others")
    }
  }

  @Test func partsLearnAtTheirOwnRates() throws {
    let sizes = SpanNetwork.Sizes(rank: 2, prompt: 3, prefix: 2, block: 8)
    let network = SpanNetwork(frozen: network.frozen, sizes)
    var settings = ReaderTraining.Settings()
    settings.promptFactor = 3
    settings.batch = 4
    let training = try ReaderTraining(
      network: network, builder: builder, settings: settings, weighted: examples,
      dev: examples.map(\.example))
    let before = network.initialParameters(seed: 1, vocabulary: [6, 7, 8])
    var state = TrainingState(parameters: before)
    try loop(steps: 1).run(training, &state)
    // Adam's first step is as long as the rate, whatever the gradient.
    for slice in network.layout.slices where slice.name != "block.firstNorm.bias" {
      let moved = slice.range.map { abs(state.parameters[$0] - before[$0]) }.max()!
      let isVector = slice.name.hasPrefix("prompt") || slice.name.hasPrefix("prefix")
      let factor: Float = isVector ? 3 : slice.name.hasPrefix("lora") ? 1 : 0.5
      #expect(moved <= 2e-2 * factor * 1.001)
      #expect(!isVector || moved > 2e-2 * factor * 0.99, "\(slice.name)")
    }
  }

  @Test func aRateFarTooHighStopsWithTheStepAndItsQuestions() throws {
    let training = try training()
    var state = TrainingState(parameters: network.initialParameters(seed: 1))
    let error = #expect(throws: DivergenceError.self) {
      try loop(rate: .infinity).run(training, &state)
    }
    #expect(error?.description.contains("who ran") == true)
  }

  @Test func examplesWithoutAnAnswerAreNoTrainingSet() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("none.jsonl")
    let line = #"{"question": "who", "passage": "a dog", "answers": ["cat"], "answer_start": 0}"#
    try Data(line.utf8).write(to: URL(filePath: path))
    let none = try ReadingExample.read(path).map { ($0, 1) }
    #expect(throws: EmptyTrainingSetError.self) {
      try ReaderTraining(
        network: network, builder: builder, settings: .init(), weighted: none,
        dev: examples.map(\.example))
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
