import Models
import Tensors

/// What words alone reach: instructions, with and without answered examples before the question.
extension FrozenModel {
  /// A way to ask.
  private struct Template {
    let instruction: String
    /// Answered examples before the question.
    let demonstrations: Int

    var text: String { "\(instruction), \(demonstrations) demonstrations" }
  }

  /// Every wording that the mixture has and the held-out tasks' own.
  private static let templates = Set(
    (SyntheticTask.training + SyntheticTask.heldOut).flatMap(\.instructions)
  ).sorted().flatMap { instruction in
    [0, 2].map { Template(instruction: instruction, demonstrations: $0) }
  }

  /// Scores without learning: of each task's own wording, or of the template that is best on the dev
  /// examples.
  func ask(
    _ tasks: [SyntheticTask], choosing: Bool, seed: UInt64, _ sizes: LearningSizes
  ) -> LearningResult {
    var scores: [String: Double] = [:]
    var chosen: [String: String] = [:]
    var dev = 0.0
    for task in tasks {
      let own = Template(instruction: task.instructions[0], demonstrations: 0)
      let candidates = choosing ? Self.templates : [own]
      let ranked = candidates.map { template in
        (template, score(template, task, sizes.dev, .dev, seed))
      }
      let best = ranked.reduce((own, -1.0)) { $1.1 > $0.1 ? $1 : $0 }
      dev += best.1 / Double(tasks.count)
      chosen[task.name] = best.0.text
      scores[task.name] = score(best.0, task, sizes.test, .test, seed)
    }
    return LearningResult(
      model: model, kind: choosing ? .template : .none, seed: seed, rate: 0, parameters: 0,
      scores: scores, curve: [.init(examples: 0, score: dev)], chosen: choosing ? chosen : [:])
  }

  private func score(
    _ template: Template, _ task: SyntheticTask, _ count: Int, _ use: SyntheticTask.Use,
    _ seed: UInt64
  ) -> Double {
    let shown = task.pairs(
      template.demonstrations, .training, seed: seed, instruction: template.instruction)
    let before = shown.flatMap { $0.input + $0.target }
    return network.exactMatch(
      task.pairs(count, use, seed: seed, instruction: template.instruction).map {
        TokenPair(input: before + $0.input, target: $0.target)
      })
  }
}
