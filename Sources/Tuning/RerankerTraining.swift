import Native
import Retrieval
import Tensors

/// Learns the re-ranker's combination of features: listwise, the right passage against the
/// question's other candidates.
///
///     loss = −log Σ_gold softmax(scores)
///
/// - Source: Cao et al. 2007, "Learning to rank: from pairwise approach to listwise approach", with
///   the right passages' marginal probability.
package struct RerankerTraining: Sendable {
  package struct Settings: Sendable {
    package var rate: Float = 3e-3
    package var epochs = 6
    /// Questions a step.
    package var batch = 16
    package var decay: Float = 0.01
    /// Largest gradient norm.
    package var clip: Float = 1
    /// Epochs without a better dev score before training ends.
    package var patience = 2
    package var seed: UInt64 = 1

    package init() {}
  }

  /// What an epoch did.
  package struct Report: Sendable {
    package let epoch: Int
    /// Steps so far, and the epoch's mean loss in nats.
    package let steps: Int
    package let loss: Float
    package let dev: RerankingScore
  }

  package struct Result: Sendable {
    package let parameters: [Float]
    package let scale: FeatureScale
    package let best: Report
  }

  package let network: RankingNetwork
  package let settings: Settings
  package let scale: FeatureScale
  private let lessons: [(x: Tensor, targets: [Int])]
  private let dev: [RerankingExample]
  private let standardizedDev: [Tensor]

  /// - Requires: at least one example with right and wrong candidates.
  package init(
    network: RankingNetwork, settings: Settings, examples: [RerankingExample],
    dev: [RerankingExample]
  ) {
    self.network = network
    self.settings = settings
    let scale = FeatureScale(of: examples.map(\.features))
    self.scale = scale
    lessons = examples.compactMap { $0.lesson(scale: scale) }
    precondition(!lessons.isEmpty, "expected a question with right and wrong candidates")
    self.dev = dev
    standardizedDev = dev.map { scale($0.features) }
  }

  /// What the order of retrieval reaches on the dev set.
  package var baseline: RerankingScore {
    RerankingScore(dev, scores: dev.map { (0..<$0.features.rows).map { -Float($0) } })
  }

  /// Trains and returns the parameters of the epoch with the best reciprocal rank on the dev set.
  ///
  /// - Throws: `DivergenceError` when the loss or its gradient is not finite.
  package func run(report: (Report) -> Void = { _ in }) throws -> Result {
    var state = TrainingState(parameters: network.initialParameters(seed: settings.seed))
    state.optimizer.decay = settings.decay
    var best: (report: Report, parameters: [Float])?
    for epoch in 1...settings.epochs {
      let loss = try runEpoch(epoch, &state)
      let current = Report(
        epoch: epoch, steps: state.optimizer.step, loss: loss, dev: measure(state.parameters))
      report(current)
      if current.dev.reciprocalRank > best?.report.dev.reciprocalRank ?? -1 {
        best = (current, state.parameters)
      }
      if epoch - best!.report.epoch >= settings.patience { break }
    }
    return Result(parameters: best!.parameters, scale: scale, best: best!.report)
  }

  /// - Returns: the mean loss.
  private func runEpoch(_ epoch: Int, _ state: inout TrainingState) throws -> Float {
    let order = Permutation(count: lessons.count, seed: settings.seed &+ UInt64(epoch))
    let stepsInAll = settings.epochs * ((lessons.count + settings.batch - 1) / settings.batch)
    var total: Float = 0
    for start in stride(from: 0, to: lessons.count, by: settings.batch) {
      let batch = (start..<min(start + settings.batch, lessons.count)).map { lessons[order[$0]] }
      var gradient = [Float](repeating: 0, count: network.layout.count)
      let loss = accumulate(batch, state.parameters, into: &gradient)
      let step = state.optimizer.step
      _ = try state.update(
        loss: loss, gradient: gradient,
        rate: settings.rate * (1 - Float(step) / Float(stepsInAll)), clip: settings.clip)
      total += loss * Float(batch.count)
    }
    return total / Float(lessons.count)
  }

  /// The batch's mean loss; its gradient is added to `gradient`.
  private func accumulate(
    _ batch: [(x: Tensor, targets: [Int])], _ parameters: [Float], into gradient: inout [Float]
  ) -> Float {
    let share = 1 / Float(batch.count)
    return batch.reduce(0) { sum, lesson in
      sum
        + network.accumulateGradient(lesson.x, parameters: parameters, into: &gradient) { scores in
          (
            share * marginalCrossEntropy(scores, targets: lesson.targets),
            marginalCrossEntropyBackward(scores, targets: lesson.targets, scale: share)
          )
        }
    }
  }

  private func measure(_ parameters: [Float]) -> RerankingScore {
    RerankingScore(dev, scores: standardizedDev.map { network($0, parameters: parameters) })
  }
}
