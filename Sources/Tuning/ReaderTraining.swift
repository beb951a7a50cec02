import Models
import Native
import Reading
import Tensors

/// Learns a reading module on a frozen network.
package struct ReaderTraining: Sendable {
  package struct Settings: Sendable {
    /// Examples seen in all; with `batch` they give the number of steps.
    package var examples = 100_000
    package var batch = 16
    /// Peak learning rate of LoRA, that of block and head as a factor of it, and that of the vectors
    /// of prompt and prefix.
    package var rate: Float = 2e-3
    package var headFactor: Float = 0.5
    package var promptRate: Float = 1e-2
    /// Share of the steps that raise the rate linearly; it then falls linearly to zero.
    package var warmUp = 0.05
    /// Largest gradient norm.
    package var clip: Float = 1
    package var decay: Float = 0
    /// Passage tokens in a training window at most.
    package var crop = 140
    /// Share of the windows that pair a question with a passage that does not answer it.
    package var negatives = 0.0
    /// Share of the questions that lose their question mark, as people type them into a search box.
    package var unmarked = 0.5
    package var seed: UInt64 = 1

    package init() {}

    package var steps: Int { (examples + batch - 1) / batch }

    package var schedule: LearningSchedule {
      LearningSchedule(peak: rate, steps: steps, warmUp: warmUp, course: .linear)
    }

    /// The learning rate of step `step`, counted from 1.
    package func rate(at step: Int) -> Float { schedule.rate(at: step) }
  }

  /// What a step did.
  package struct Report: Sendable {
    package let step: Int
    package let steps: Int
    /// Mean loss of the step's windows, in nats, and the gradient's norm before clipping.
    package let loss: Float
    package let gradientNorm: Float
  }

  package let network: SpanNetwork
  package let builder: WindowBuilder
  package let settings: Settings
  private let passages: [EncodedPassage]
  private let examples: [EncodedExample]
  /// Indices into `examples`, each as often as its data set counts.
  private let pool: [Int]
  private let hardNegatives: HardNegatives?
  private let questionMark: Int32?

  /// - Parameter weighted: examples with how often each counts in an epoch; examples without an
  ///   answer in their passage are left out.
  /// - Throws: `EmptyTrainingSetError` when none is left.
  package init(
    network: SpanNetwork, builder: WindowBuilder, settings: Settings,
    weighted: [(example: ReadingExample, count: Int)]
  ) throws {
    self.network = network
    self.builder = builder
    self.settings = settings
    var indices: [String: Int] = [:]
    var firsts: [ReadingExample] = []
    for (example, _) in weighted where indices[example.passage] == nil {
      indices[example.passage] = firsts.count
      firsts.append(example)
    }
    let passages = Parallel.map(firsts.count) { [firsts] index in
      EncodedPassage(
        text: firsts[index].passage, title: builder.tokenizer.encode(firsts[index].title).ids,
        encoding: builder.tokenizer.encode(firsts[index].passage))
    }
    let encoded = Parallel.map(weighted.count) { [indices] index in
      let example = weighted[index].example
      let passage = indices[example.passage]!
      return EncodedExample(example, passage: passage, passages[passage], builder)
    }
    let kept = weighted.indices.filter { encoded[$0] != nil }
    guard !kept.isEmpty else { throw EmptyTrainingSetError(examples: weighted.count) }
    self.passages = passages
    examples = encoded.compactMap { $0 }
    pool = kept.enumerated().flatMap { Array(repeating: $0, count: weighted[$1].count) }
    hardNegatives = settings.negatives > 0 ? HardNegatives(passages) : nil
    questionMark = builder.tokenizer.id(of: "?")
  }

  /// Takes one step.
  ///
  /// - Throws: `DivergenceError` when the loss or its gradient is not finite; nothing was changed.
  package func step(_ state: inout TrainingState) throws -> Report {
    let number = state.optimizer.step + 1
    let windows = draw(step: number)
    let instance = network.instance(state.parameters)
    let parts = divide(windows.map(\.window.ids.count))
    let results = Parallel.map(parts.count) { part in
      accumulate(parts[part].map { windows[$0] }, of: windows.count, instance)
    }
    var gradient = results[0].gradient
    for result in results.dropFirst() { Kernels.add(result.gradient, to: &gradient) }
    let loss = results.reduce(0) { $0 + $1.loss }
    let norm = try state.update(
      loss: loss, gradient: gradient, rate: settings.rate(at: number), clip: settings.clip,
      groups: groups)
    return Report(step: number, steps: settings.steps, loss: loss, gradientNorm: norm)
  }

  /// The rates of the parameters, as factors of the schedule's.
  private var groups: [(range: Range<Int>, factor: Float)] {
    let vectors = network.vectors
    return [
      (network.lowRank, 1), (vectors, settings.promptRate / settings.rate),
      (vectors.upperBound..<network.layout.count, settings.headFactor),
    ]
  }

  /// The most frequent tokens of the passages, the most frequent first.
  package func frequentTokens(_ count: Int) -> [Int32] {
    var counts: [Int32: Int] = [:]
    for passage in passages { for id in passage.encoding.ids { counts[id, default: 0] += 1 } }
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return order.prefix(count).map(\.key)
  }

  /// The step's windows: a function of the seed and the step alone, so that a resumed run sees what
  /// an uninterrupted one would.
  private func draw(step: Int) -> [TrainingWindow] {
    Parallel.map(settings.batch) { place in
      let position = (step - 1) * settings.batch + place
      let example = examples[pool[order[position]]]
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
        question: question, passages[passage], answer: answer, longest: settings.crop,
        builder: builder, using: &random)
    }
  }

  private var order: EpochOrder { EpochOrder(count: pool.count, seed: settings.seed) }

  private func accumulate(
    _ windows: [TrainingWindow], of count: Int, _ instance: SpanNetwork.Instance
  ) -> (loss: Float, gradient: [Float]) {
    var batch = RaggedBatch()
    for window in windows {
      batch.append(ids: window.window.ids, segments: window.window.segments)
    }
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

/// Training data without a single answer in its passage.
package struct EmptyTrainingSetError: Error, CustomStringConvertible {
  package let examples: Int

  package var description: String {
    "expected examples whose passage holds the answer at answer_start, found none in \(examples)"
  }
}
