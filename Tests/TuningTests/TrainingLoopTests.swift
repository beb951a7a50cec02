import Foundation
import Models
import Tensors
import Testing

@testable import Tuning

/// What the loop does beside taking steps.
struct TrainingLoopTests {
  /// One number whose gradient is itself, with a dev loss of one's own.
  private struct Bowl: Trainable {
    var loss: @Sendable ([Float]) -> Double = { Double($0[0]) }

    func gradient(step: Int, parameters: [Float]) -> (loss: Float, gradient: [Float]) {
      (parameters.reduce(0) { $0 + $1 * $1 } / 2, parameters)
    }
    func devLoss(parameters: [Float]) -> Double { loss(parameters) }
    func examples(step: Int) -> [Int] { [step] }
    func name(ofExample number: Int) -> String { "line \(number)" }
  }

  private func loop(
    steps: Int, _ change: (inout TrainingLoop.Settings) -> Void = { _ in }
  ) -> TrainingLoop {
    var settings = TrainingLoop.Settings(
      schedule: LearningSchedule(peak: 0.01, steps: steps, warmUp: 0, course: .constant))
    settings.evaluateEvery = 1
    change(&settings)
    return TrainingLoop(settings: settings)
  }

  // MARK: Which measurement is best

  private func best(
    _ criterion: TrainingLoop.Criterion, losses: [Double], scores: [Double]
  ) throws -> [Int] {
    var state = TrainingState(parameters: [1])
    var best: [Int] = []
    // The parameters tell how many steps were taken; here the loop's events do.
    nonisolated(unsafe) var measured = 0
    let bowl = Bowl { _ in
      defer { measured += 1 }
      return losses[measured]
    }
    try loop(steps: losses.count) { $0.criterion = criterion }.run(
      bowl, &state,
      score: { state in
        let value = scores[state.optimizer.step - 1]
        return DevScores([("em", value)], overall: value)
      },
      report: { event, state in
        guard case .measured(let step, _, true) = event else { return }
        #expect(state.best?.step == step && state.best?.score == scores[step - 1])
        best.append(step)
      })
    return best
  }

  @Test func theBestIsChosenByLossOrByScore() throws {
    let (losses, scores) = ([3, 2, 2.5, 1, 1.5], [0.1, 0.1, 0.4, 0.2, 0.4])
    #expect(try best(.loss, losses: losses, scores: scores) == [1, 2, 4])
    // Of equal scores the lower loss is better.
    #expect(try best(.score, losses: losses, scores: scores) == [1, 2, 3, 5])
  }

  @Test func aDevLossThatIsNotFiniteEndsTheRun() {
    var state = TrainingState(parameters: [1])
    let error = #expect(throws: DivergenceError.self) {
      try loop(steps: 3).run(Bowl { _ in .nan }, &state)
    }
    #expect(error?.step == 1 && error?.description.contains("dev set") == true)
  }

  @Test func divergenceNamesWhatTheStepLearnedFrom() {
    var state = TrainingState(parameters: [.greatestFiniteMagnitude])
    let error = #expect(throws: DivergenceError.self) { try loop(steps: 3).run(Bowl(), &state) }
    #expect(error?.description.contains("step 1") == true)
    #expect(error?.description.contains("line 1") == true)
    #expect(state.parameters == [.greatestFiniteMagnitude])
  }

  // MARK: Dropout

  @Test func dropoutLeavesOutItsShareAndKeepsTheMean() {
    let dropout = ModuleDropout(rate: 0.25, seed: 4)
    let mask = dropout.mask(step: 3, count: 20_000)
    #expect(Set(mask) == [0, 1 / 0.75])
    #expect(abs(mask.reduce(0, +) / 20_000 - 1) < 0.02)
    #expect(mask == dropout.mask(step: 3, count: 20_000))
    #expect(mask != dropout.mask(step: 4, count: 20_000))
    #expect(mask != ModuleDropout(rate: 0.25, seed: 5).mask(step: 3, count: 20_000))
  }

  @Test func aStepMovesOnlyWhatWasNotLeftOut() throws {
    let start = (1...50).map(Float.init)
    let dropout = ModuleDropout(rate: 0.5, seed: 2)
    var state = TrainingState(parameters: start)
    try loop(steps: 1) { $0.dropout = dropout }.run(Bowl(), &state)
    let mask = dropout.mask(step: 1, count: 50)
    for (index, kept) in mask.enumerated() {
      #expect((state.parameters[index] == start[index]) == (kept == 0))
    }
    // ∂(½ Σ (m x)²)/∂x = m² x.
    let (_, gradient) = dropout.apply(step: 1, start) { Bowl().gradient(step: 1, parameters: $0) }
    #expect(zip(gradient, zip(mask, start)).allSatisfy { $0 == $1.0 * $1.0 * $1.1 })
  }

  // MARK: Interruption

  private struct Stop: Error {}

  @Test(arguments: [true, false])
  func everyStateGoesOnToTheSameEnd(adafactor: Bool) throws {
    let optimizer: any Optimizer =
      adafactor ? Adafactor(matrices: [(3, 4), (1, 5)]) : AdamW(count: 17)
    let loop = loop(steps: 20) {
      $0.dropout = ModuleDropout(rate: 0.3, seed: 1)
      $0.evaluateEvery = 4
    }
    let start = TrainingState(parameters: (1...17).map(Float.init), optimizer: optimizer)
    var whole = start
    try loop.run(Bowl(), &whole)
    let folder = try TemporaryFolder()
    for last in 1..<20 {
      var state = start
      #expect(throws: Stop.self) {
        try loop.run(
          Bowl(), &state, save: { try $0.save(path: folder.path("s"), settings: "x") },
          report: { event, _ in
            if case .step(last, _, _, _) = event { throw Stop() }
          })
      }
      // Killed, a run goes on from the last measurement, or from the beginning.
      var resumed =
        last <= 4
        ? start
        : try TrainingState(path: folder.path("s"), settings: "x", optimizer: optimizer)
      #expect(resumed.optimizer.step == (last - 1) / 4 * 4)
      try loop.run(Bowl(), &resumed)
      #expect(resumed.parameters == whole.parameters && resumed.best == whole.best)
    }
  }

  // MARK: Curves

  @Test func curvesShowWhatTheLogSays() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("log.jsonl")
    let log = try TrainingLog(path: path, after: 0)
    var curves = TrainingCurves()
    func note(_ event: TrainingLoop.Event) throws {
      try log.append(event)
      curves.append(event)
    }
    for step in 1...900 {
      try note(.step(number: step, loss: 3 / Float(step), gradientNorm: 1, rate: 0.1))
      guard step % 300 == 0 else { continue }
      let value = Double(step) / 1000
      try note(.scored(step: step, DevScores([("a <task> & \"more\"", value)], overall: value)))
      try note(.measured(step: step, loss: 2, isBest: step == 600))
    }
    try curves.draw(to: folder.path("log.svg"))
    #expect(try TrainingCurves(log: path).svg == curves.svg)
    let svg = try String(contentsOfFile: folder.path("log.svg"), encoding: .utf8)
    #expect(svg.hasPrefix("<svg") && svg.contains("prefers-color-scheme:dark"))
    #expect(svg.contains("a &lt;task&gt; &amp; ") && svg.contains("Learning rate"))
    // 3 dev losses and 3 scores have their dots, the best step a line in both charts.
    #expect(svg.components(separatedBy: "<circle").count == 7)
    #expect(svg.components(separatedBy: "class=\"best\"").count == 3)
    // 900 losses are drawn as 300 means: two lines at most of as many points.
    let longest = svg.split(separator: "\n").map { $0.count { $0 == "L" } }.max() ?? 0
    #expect((250..<300).contains(longest))
    // A log of a resumed run is read as any other.
    _ = try TrainingLog(path: path, after: 300)
    let cut = try TrainingCurves(log: path).svg
    #expect(cut.contains("to step 300<"))
  }

  @Test(
    arguments: [
      (0.0, 1.0, [0, 0.5, 1]), (0, 0.93, [0, 0.5, 1]), (1.2, 4.9, [1, 2, 3, 4, 5]),
      (0, 1000, [0, 500, 1000]), (-0.3, 0.4, [-0.4, -0.2, 0, 0.2, 0.4]),
    ])
  func ticksAreRoundAndSpanTheRange(low: Double, high: Double, expected: [Double]) {
    let ticks = CurvePanel.ticks(from: low, to: high, count: 4)
    #expect(
      ticks.count == expected.count && zip(ticks, expected).allSatisfy { abs($0 - $1) < 1e-9 },
      "\(ticks)")
  }

  @Test func ticksOfASingleValueAreARangeAroundIt() {
    for value in [0.0, 2, -3e-5, 1e6] {
      let ticks = CurvePanel.ticks(from: value, to: value, count: 4)
      #expect(ticks.count >= 2 && ticks[0] <= value && value <= ticks[ticks.count - 1])
    }
  }
}
