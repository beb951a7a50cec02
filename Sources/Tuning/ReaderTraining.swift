import Models
import Native
import Reading
import Tensors

/// Learns a reading module on a frozen network.
package struct ReaderTraining: Trainable {
  package struct Settings: Sendable {
    /// Examples in a step.
    package var batch = 16
    /// What block and head, and the vectors of prompt and prefix, learn at, as factors of LoRA's rate.
    package var headFactor: Float = 0.5
    package var promptFactor: Float = 1
    /// Passage tokens in a training window at most.
    package var crop = 140
    /// Share of the windows that pair a question with a passage that does not answer it.
    package var negatives = 0.0
    /// Share of the questions that lose their question mark, as people type them into a search box.
    package var unmarked = 0.5
    package var seed: UInt64 = 1

    package init() {}
  }

  package let network: SpanNetwork
  package let builder: WindowBuilder
  package let settings: Settings
  private let train: EncodedExamples
  /// Indices into the examples, each as often as its data set counts.
  private let pool: [Int]
  /// What the dev loss is measured on.
  private let dev: [TrainingWindow]
  private let hardNegatives: HardNegatives?
  private let questionMark: Int32?

  /// - Parameters:
  ///   - weighted: examples with how often each counts in an epoch.
  ///   - dev: examples to measure on.
  /// - Throws: `EmptyTrainingSetError` when no example of either has its answer in its passage; those
  ///   that have not are left out.
  package init(
    network: SpanNetwork, builder: WindowBuilder, settings: Settings,
    weighted: [(example: ReadingExample, count: Int)], dev: [ReadingExample]
  ) throws {
    self.network = network
    self.builder = builder
    self.settings = settings
    train = try EncodedExamples(weighted.map(\.example), builder)
    pool = train.sources.enumerated().flatMap {
      Array(repeating: $0, count: weighted[$1].count)
    }
    self.dev = try EncodedExamples(dev, builder).windows(longest: settings.crop, builder)
    hardNegatives = settings.negatives > 0 ? HardNegatives(train.passages) : nil
    questionMark = builder.tokenizer.id(of: "?")
  }

  package func examples(step: Int) -> [Int] {
    let order = EpochOrder(count: pool.count, seed: settings.seed)
    return ((step - 1) * settings.batch..<step * settings.batch).map { pool[order[$0]] }
  }

  package func name(ofExample number: Int) -> String {
    "\"\(builder.tokenizer.decode(train.examples[number].question))\""
  }

  package func gradient(
    step: Int, parameters: [Float]
  ) throws -> (loss: Float, gradient: [Float]) {
    let windows = draw(step: step)
    let instance = network.instance(parameters)
    let parts = divide(windows.map(\.window.ids.count))
    let results = Parallel.map(parts.count) { part in
      accumulate(parts[part].map { windows[$0] }, of: windows.count, instance)
    }
    var gradient = results[0].gradient
    for result in results.dropFirst() { Kernels.add(result.gradient, to: &gradient) }
    return (results.reduce(0) { $0 + $1.loss }, gradient)
  }

  package func devLoss(parameters: [Float]) throws -> Double {
    let instance = network.instance(parameters)
    let groups = ragged(lengths: dev.map(\.window.ids.count))
    let losses = Parallel.map(groups.count) { group in
      let windows = groups[group].map { dev[$0] }
      let batch = RaggedBatch(windows)
      return spanLoss(instance.logits(batch), batch, windows, scale: 1 / Float(dev.count)).value
    }
    return losses.reduce(0) { $0 + Double($1) }
  }

  package var groups: [(range: Range<Int>, factor: Float)]? {
    let vectors = network.vectors
    return [
      (network.lowRank, 1), (vectors, settings.promptFactor),
      (vectors.upperBound..<network.layout.count, settings.headFactor),
    ]
  }

  /// The most frequent tokens of the passages, the most frequent first.
  package func frequentTokens(_ count: Int) -> [Int32] {
    var counts: [Int32: Int] = [:]
    for passage in train.passages { for id in passage.encoding.ids { counts[id, default: 0] += 1 } }
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return order.prefix(count).map(\.key)
  }

  /// The step's windows: a function of the seed and the step alone, so that a resumed run sees what
  /// an uninterrupted one would.
  private func draw(step: Int) -> [TrainingWindow] {
    let numbers = examples(step: step)
    return Parallel.map(settings.batch) { place in
      let position = (step - 1) * settings.batch + place
      let example = train.examples[numbers[place]]
      var random = SplitMix64(seed: settings.seed &* 0x9E37_79B9 &+ UInt64(position))
      var (passage, answer): (Int, Range<Int>?) = (example.passage, example.answer)
      if let hardNegatives, random.uniform() < settings.negatives,
        let negative = hardNegatives.find(for: example, count: 8).randomElement(using: &random)
      {
        (passage, answer) = (negative, nil)
      }
      var question = example.question
      if question.last == questionMark, random.uniform() < settings.unmarked {
        question.removeLast()
      }
      return TrainingWindow(
        question: question, train.passages[passage], answer: answer, longest: settings.crop,
        builder: builder, using: &random)
    }
  }

  private func accumulate(
    _ windows: [TrainingWindow], of count: Int, _ instance: SpanNetwork.Instance
  ) -> (loss: Float, gradient: [Float]) {
    let batch = RaggedBatch(windows)
    var gradient = [Float](repeating: 0, count: network.layout.count)
    let loss = instance.accumulateGradient(batch, into: &gradient) {
      spanLoss($0, batch, windows, scale: 1 / Float(count))
    }
    return (loss, gradient)
  }

  /// Two parts for each thread, about the same number of tokens each, so that a thread that was held
  /// up leaves work to the others.
  private func divide(_ lengths: [Int]) -> [[Int]] {
    var parts = [[Int]](repeating: [], count: min(2 * Parallel.threads, lengths.count))
    var filled = [Int](repeating: 0, count: parts.count)
    for index in lengths.indices.sorted(by: { (lengths[$1], $0) < (lengths[$0], $1) }) {
      let part = filled.indices.min { (filled[$0], $0) < (filled[$1], $1) }!
      parts[part].append(index)
      filled[part] += lengths[index]
    }
    return parts
  }
}

extension RaggedBatch {
  fileprivate init(_ windows: [TrainingWindow]) {
    self.init()
    for window in windows { append(ids: window.window.ids, segments: window.window.segments) }
  }
}
