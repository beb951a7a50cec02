import Evaluation
import Foundation
import Reading
import Tuning

/// Answers examples of tasks and scores the answers.
struct TaskScoring {
  let tasks: [LearningTask]
  let texts: [TaskText]
  /// The most tokens of an answer.
  let maxTokens: Int

  /// Texts that are answered together.
  private static let batchSize = 64

  var settings: CompletionSettings {
    var settings = CompletionSettings()
    settings.maxTokens = maxTokens
    return settings
  }

  /// What the model is asked, one prompt for each text.
  private func prompts(_ model: any LanguageModel) -> [String] {
    let room = model.longestText.map { $0 - maxTokens }
    return texts.map { text in
      text.prompt { whole in room.map { model.countTokens(whole) <= $0 } ?? true }
    }
  }

  /// Different prompts in batches, whose answers are computed together.
  private static func batches(_ prompts: [String]) -> [[String]] {
    var seen: Set<String> = []
    let different = prompts.filter { seen.insert($0).inserted }
    return stride(from: 0, to: different.count, by: batchSize).map {
      Array(different[$0..<min($0 + batchSize, different.count)])
    }
  }

  /// The report of a model in this process.
  func report(_ model: LocalLanguageModel) throws -> TaskReport {
    let prompts = prompts(model)
    var answers: [String: String] = [:]
    for batch in Self.batches(prompts) {
      try Interruption.check()
      let completions = try model.complete(batch, settings)
      for (prompt, completion) in zip(batch, completions) { answers[prompt] = completion.text }
    }
    return report(prompts.map { answers[$0] ?? "" })
  }

  /// The report of any model; Ctrl-C stops it.
  func report(
    _ model: any LanguageModel, progress: (_ done: Int, _ total: Int) -> Void
  ) async throws -> TaskReport {
    let prompts = prompts(model)
    let batches = Self.batches(prompts)
    let total = batches.reduce(0) { $0 + $1.count }
    var answers: [String: String] = [:]
    for batch in batches {
      let completions = try await Interruption.stopping { [settings] in
        try await model.complete(batch, settings)
      }
      for (prompt, completion) in zip(batch, completions) { answers[prompt] = completion.text }
      progress(answers.count, total)
    }
    return report(prompts.map { answers[$0] ?? "" })
  }

  private func report(_ completions: [String]) -> TaskReport {
    var scores = tasks.map { _ in [Double]() }
    for (text, completion) in zip(texts, completions) {
      scores[text.task].append(tasks[text.task].metric.score(completion, text.targets))
    }
    return TaskReport(
      zip(tasks, scores).map { task, scores in
        TaskReport.Row(
          name: task.name, category: task.category, metric: task.metric.rawValue,
          isHeldOut: task.isHeldOut, scores: scores)
      })
  }
}

extension LearningTask.Metric {
  /// The score of what a model wrote, read as answers are: its first line, unless targets have
  /// several.
  func score(_ completion: String, _ targets: [String]) -> Double {
    let isLong = targets.contains { $0.contains(where: \.isNewline) }
    func read(_ text: String) -> String {
      isLong
        ? text.trimmingCharacters(in: .whitespacesAndNewlines) : GeneratedAnswer.text(of: text)
    }
    switch self {
    case .em: return AnswerNormalization.squad.exactMatch(read(completion), golds: targets) ? 1 : 0
    case .f1: return AnswerNormalization.squad.tokenF1(read(completion), golds: targets)
    case .accuracy: return targets.map(read).contains(read(completion)) ? 1 : 0
    }
  }
}

extension TaskReport {
  /// As a training run's measurement; the mean of the tasks that are learned decides.
  var devScores: DevScores {
    let values = values
    return DevScores(values, overall: values.first { $0.name == "trained" }?.value ?? 0)
  }
}
