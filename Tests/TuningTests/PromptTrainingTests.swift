import Foundation
import Models
import Tensors
import Testing

@testable import Tuning

/// Soft prompts learned on the tiny networks of `ModelsTests`.
struct PromptTrainingTests {
  struct Record: Decodable {
    let name: String
    let prompt, decoder: [Float]
    let rate: Float?
    let steps: [Float]?
  }

  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "ModelsTests/Fixtures")

  /// As `make_gradients.py` has them.
  static let pairs = [
    TokenPair(input: [7, 31, 5, 22, 40, 9, 3], target: [12, 4, 1]),
    TokenPair(input: [2], target: [33, 18, 9, 27, 1]),
    TokenPair(input: [5, 6, 7, 8], target: [1]),
  ]

  private func network(_ name: String) throws -> any TunableNetwork {
    let kind = name.contains("t5") ? "Generation" : "Decoders"
    return try GenerativeModel.network(
      folder: Self.fixtures.appending(path: "\(kind)/\(name)").path)
  }

  private func training(
    _ network: any TunableNetwork, decoderLength: Int = 0,
    _ change: (inout PromptTraining.Settings) -> Void = { _ in }
  ) -> PromptTraining {
    var settings = PromptTraining.Settings()
    settings.batch = 2
    change(&settings)
    return PromptTraining(
      network: network,
      module: SoftPrompt(length: 3, decoderLength: decoderLength, width: network.tokens.width),
      train: PairSource(Self.pairs), dev: PairSource(Array(Self.pairs.prefix(2))),
      settings: settings)
  }

  private func loop(
    steps: Int, peak: Float = 0.05, _ change: (inout TrainingLoop.Settings) -> Void = { _ in }
  ) -> TrainingLoop {
    var settings = TrainingLoop.Settings(
      schedule: LearningSchedule(peak: peak, steps: steps, warmUp: 0, course: .constant))
    settings.evaluateEvery = 5
    change(&settings)
    return TrainingLoop(settings: settings)
  }

  private func start(_ training: PromptTraining) -> TrainingState {
    let width = training.network.tokens.width
    let prompt = SoftPrompt(length: training.module.layout.count / width, width: width)
    return TrainingState(
      parameters: prompt.initialParameters(.random, training.network.tokens, seed: 1))
  }

  // MARK: Against PyTorch

  @Test(arguments: ["llama", "opt-350m", "tiny-t5"])
  func fiftyStepsFollowTheReferencesLoss(name: String) throws {
    let data = try Data(contentsOf: Self.fixtures.appending(path: "gradients.json"))
    let records = try JSONDecoder().decode([Record].self, from: data)
    let record = try #require(records.first { $0.name == name })
    let expected = try #require(record.steps)
    let network = try network(name)
    let training = training(network, decoderLength: record.decoder.count / network.tokens.width) {
      $0.batch = 3
    }
    var state = TrainingState(parameters: record.prompt + record.decoder)
    var losses: [Float] = []
    try loop(steps: 50, peak: try #require(record.rate)) { $0.decay = 0.01 }.run(
      training, &state,
      report: { event, _ in
        if case .step(_, let loss, _, _) = event { losses.append(loss) }
      })
    #expect(losses.count == 50 && losses[49] < losses[0] * 0.9)
    for (step, (found, expected)) in zip(losses, expected).enumerated() {
      #expect(abs(found - expected) < 0.01 * expected, "step \(step + 1)")
    }
  }

  // MARK: The loop

  @Test func smallerGroupsAccumulateTheSameGradient() throws {
    let network = try network("llama")
    let (whole, parts) = (training(network), training(network) { $0.groupTokens = 1 })
    let parameters = start(whole).parameters
    let (a, b) = (
      try whole.gradient(step: 1, parameters: parameters),
      try parts.gradient(step: 1, parameters: parameters)
    )
    #expect(abs(a.loss - b.loss) < 1e-5 * a.loss)
    let size = a.gradient.map(abs).max() ?? 0
    #expect(size > 0 && zip(a.gradient, b.gradient).allSatisfy { abs($0 - $1) < 1e-5 * size })
  }

  private struct Stop: Error {}

  @Test func anInterruptedRunEndsAsAnUninterruptedOne() throws {
    let training = training(try network("tiny-t5"), decoderLength: 1)
    let loop = loop(steps: 12)
    var whole = start(training)
    try loop.run(training, &whole)

    let folder = try TemporaryFolder()
    let path = folder.path("state")
    // Between two measurements, and at one.
    for last in [3, 5, 7] {
      var state = try last == 3 ? start(training) : TrainingState(path: path, settings: "these")
      #expect(throws: Stop.self) {
        var steps = state.optimizer.step
        try loop.run(
          training, &state, save: { try $0.save(path: path, settings: "these") },
          stop: {
            steps += 1
            if steps == last { throw Stop() }
          })
      }
    }
    var resumed = try TrainingState(path: path, settings: "these")
    #expect(resumed.optimizer.step == 7)
    try loop.run(training, &resumed)
    #expect(resumed.parameters == whole.parameters)
    #expect(resumed.best?.loss == whole.best?.loss && resumed.best?.step == whole.best?.step)
  }

  /// One number that always falls by the rate, past the dev loss's best.
  private struct Falling: Trainable {
    func gradient(step: Int, parameters: [Float]) -> (loss: Float, gradient: [Float]) { (1, [1]) }
    func devLoss(parameters: [Float]) -> Double { abs(Double(parameters[0]) - 0.5) }
    func examples(step: Int) -> [Int] { [] }
  }

  @Test func patienceEndsARunThatGetsNoBetter() throws {
    var state = TrainingState(parameters: [1])
    var measured: [Bool] = []
    var best: Float = 0
    try loop(steps: 1000) { $0.patience = 2 }.run(
      Falling(), &state,
      report: { event, state in
        guard case .measured(_, _, let isBest) = event else { return }
        measured.append(isBest)
        if isBest { best = state.parameters[0] }
      })
    // From 1 by 0.05 a step: 0.75 after 5 steps, 0.5 after 10.
    #expect(measured == [true, true, false, false])
    #expect(state.optimizer.step == 20 && state.best?.step == 10)
    #expect(abs(best - 0.5) < 1e-3)
  }

  @Test func divergenceNamesTheStepAndItsExamples() throws {
    let training = training(try network("gpt2"))
    var state = start(training)
    let loop = loop(steps: 5, peak: .infinity)
    let error = #expect(throws: DivergenceError.self) { try loop.run(training, &state) }
    #expect(error?.step == 2)
    #expect(error?.examples == training.examples(step: 2).map(String.init))
    #expect(error?.description.contains("step 2") == true)
  }

  @Test func everyExampleIsSeenOnceAnEpoch() throws {
    let training = training(try network("gpt2")) { $0.batch = 3 }
    for epoch in 1...4 { #expect(training.examples(step: epoch).sorted() == [0, 1, 2]) }
    let orders = Set((1...20).map { training.examples(step: $0) })
    #expect(orders.count > 1)
  }

  // MARK: Files

  @Test func aResumedLogHasEveryStepOnce() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("log.jsonl")
    func write(_ steps: ClosedRange<Int>, after step: Int) throws {
      let log = try TrainingLog(path: path, after: step)
      for number in steps {
        try log.append(.step(number: number, loss: 1.5, gradientNorm: 2, rate: 0.25))
      }
      try log.append(.measured(step: steps.upperBound, loss: 0.5, isBest: true))
    }
    try write(1...4, after: 0)
    try write(3...5, after: 2)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(
      lines[0] == #"{"step":1,"loss":1.5,"gradient_norm":2.0,"rate":0.25}"#)
    #expect(lines.last == #"{"step":5,"dev_loss":0.5,"best":true}"#)
    #expect(lines.count == 6)
    try write(1...1, after: 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 2)
  }

  @Test func aRateTakesItsCourse() {
    func rates(_ course: LearningSchedule.Course) -> [Float] {
      let schedule = LearningSchedule(peak: 2, steps: 10, warmUp: 0.2, course: course)
      return (1...11).map(schedule.rate)
    }
    #expect(rates(.constant) == [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    #expect(rates(.linear) == [1, 2, 2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25, 0])
    let cosine = rates(.cosine)
    #expect(cosine[1] == 2 && abs(cosine[6] - 1) < 1e-6 && abs(cosine[10]) < 1e-6)
    #expect(abs(cosine[4] - (1 + cos(.pi / 4))) < 1e-6)
  }
}
