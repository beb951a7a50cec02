import ArgumentParser
import Tensors
import Tuning

/// How a module of a generative model is learned: the steps and their rate.
struct LearningOptions: ParsableArguments {
  @Option(help: "Steps in all.") var steps = 1000
  @Option(help: "Examples in a step.") var batch = 16
  @Option(help: "Tokens computed together at most: what bounds memory.") var groupTokens = 4096
  @Option(help: "Peak learning rate (default: the kind's usual one).")
  var rate: Float?
  @Option(help: "The rate after its peak.") var schedule = LearningSchedule.Course.linear
  @Option(help: "Share of the steps that the rate rises in.") var warmUp = 0.05
  @Option(help: "Largest gradient norm.") var clip: Float = 1
  @Option(help: "Weight decay.") var decay: Float = 0
  @Option(help: "Share of each target that all tokens get.") var labelSmoothing: Float = 0
  @Option(help: "Weight of the squared logarithm of softmax's sum.") var zLoss: Float = 0
  @Option(help: "Steps between two measurements; each writes the state to resume from.")
  var evaluateEvery = 100
  @Option(help: "Measurements without a better one before training ends; 0: never.")
  var patience = 0

  @OptionGroup var training: TrainingOptions

  func validate() throws {
    for (name, value) in [
      ("steps", steps), ("batch", batch), ("group-tokens", groupTokens),
      ("evaluate-every", evaluateEvery),
    ] { try requirePositive(value, name) }
    func require(_ holds: Bool, _ expected: String) throws {
      if !holds { throw ValidationError("expected \(expected)") }
    }
    try require(rate ?? 1 > 0 && clip > 0 && decay >= 0, "--rate, --clip above 0, --decay from 0")
    try require(
      (0...1).contains(warmUp) && patience >= 0, "--warm-up in 0 ... 1, --patience from 0")
    try require(
      (0..<1).contains(labelSmoothing) && zLoss >= 0,
      "--label-smoothing in 0 ..< 1, --z-loss from 0")
  }

  func pairs(seed: UInt64) -> PromptTraining.Settings {
    var settings = PromptTraining.Settings()
    settings.batch = batch
    settings.groupTokens = groupTokens
    settings.loss = TokenLoss(smoothing: labelSmoothing, z: zLoss)
    settings.seed = seed
    return settings
  }

  /// - Parameter usualRate: the peak unless the user names one.
  func loop(usualRate: Float, seed: UInt64) -> TrainingLoop.Settings {
    var settings = TrainingLoop.Settings(
      schedule: LearningSchedule(
        peak: rate ?? usualRate, steps: steps, warmUp: warmUp, course: schedule))
    settings.clip = clip
    settings.decay = decay
    settings.evaluateEvery = evaluateEvery
    settings.patience = patience
    training.apply(to: &settings, seed: seed)
    return settings
  }
}

extension LearningSchedule.Course: ExpressibleByArgument {}
