import Models
import Retrieval
import Tensors

/// A text that a model reads, and what it should write.
package struct TaskText: Sendable, Equatable {
  /// The task's number.
  package let task: Int
  package let input: String
  /// Examples with their targets that stand before the input.
  package var shots: [String] = []
  /// Any of these is right; the first is learned from.
  package let targets: [String]
  package let record: TaskRecord

  package init(task: Int, input: String, targets: [String], record: TaskRecord) {
    self.task = task
    self.input = input
    self.targets = targets
    self.record = record
  }
}

/// What a run on many tasks learns from: at each place a task, one of its examples, one of its
/// templates, now and then one that explains, and now and then demonstrations before it.
///
/// All of it is a function of the seed and the place alone, so that a resumed run draws the same.
package struct TaskDraws: Sendable {
  package struct Settings: Sendable, Equatable {
    package var mixture = TaskMixture.Settings()
    /// Share of the draws with an explanation, where the task and the record have one.
    package var explanations = 0.0
    /// Demonstrations from the same task's training data, and the share of draws that have them.
    package var shots = 0
    package var shotsShare = 1.0
    package var seed: UInt64 = 1

    package init() {}
  }

  package let tasks: [LearningTask]
  package let settings: Settings
  package let mixture: TaskMixture
  /// The tasks that are learned from.
  private let trained: [Int]

  /// - Requires: a task that is not held out.
  package init(_ tasks: [LearningTask], _ settings: Settings) {
    self.tasks = tasks
    self.settings = settings
    trained = tasks.indices.filter { !tasks[$0].isHeldOut }
    mixture = TaskMixture(
      sizes: trained.map { tasks[$0].train.count },
      categories: trained.map { tasks[$0].category }, settings.mixture)
  }

  // MARK: Training

  /// What is learned from at a place of the run.
  package func draw(at place: Int) -> TaskText {
    let (index, example) = mixture.draw(at: place, seed: settings.seed)
    let number = trained[index]
    let task = tasks[number]
    let record = task.train[example]
    var mixer = SplitMix64(seed: settings.seed)
    var random = SplitMix64(seed: mixer.next() ^ UInt64(place))
    let explaining = random.uniform() < settings.explanations
    let demonstrates = settings.shots > 0 && random.uniform() < settings.shotsShare
    let choice = Int(random.next() >> 1)
    var text = task.text(number, record, choice: choice, explaining: explaining)
    if demonstrates {
      text.shots = demonstrations(
        of: task, beside: record, count: settings.shots, choice: choice, explaining: explaining,
        &random)
    }
    return text
  }

  /// Examples of the same task with their targets, never one with the record's own fields.
  private func demonstrations(
    of task: LearningTask, beside record: TaskRecord, count: Int, choice: Int, explaining: Bool,
    _ random: inout SplitMix64
  ) -> [String] {
    if task.train.isEmpty { return [] }
    let order = Permutation(count: task.train.count, seed: random.next())
    return (0..<task.train.count).lazy.map { task.train[order[$0]] }
      .filter { $0.fields != record.fields }.prefix(count)
      .map { shot in
        let text = task.text(0, shot, choice: choice, explaining: explaining)
        return text.input + Self.target(text.targets[0], after: text.input)
      }
  }

  /// Behind a word, what follows begins with the blank that a model would write.
  static func target(_ target: String, after input: String) -> String {
    input.last?.isWhitespace == true ? target : " " + target
  }

  /// The pairs of a run, by place.
  ///
  /// - Parameter room: tokens of the network that something else takes, such as a prompt.
  /// - Throws: `InputError` with the line of an example that is longer than the network reads.
  package func source(for model: GenerativeModel, leaving room: Int = 0) throws -> PairSource {
    let longest = model.network.maxPositions.map { $0 - room }
    for number in trained {
      try tasks[number].requireFit(tasks[number].train, in: longest, of: model)
    }
    var source = PairSource(count: mixture.round) { place in
      draw(at: place).pair(for: model, longest: longest)
    }
    source.order = { $0 }
    source.length = { place in
      let text = draw(at: place)
      return (text.shots + [text.input, text.targets[0]]).reduce(0) { $0 + $1.utf8.count }
    }
    source.name = { place in
      let text = draw(at: place)
      return "\(tasks[text.task].name) \(text.record.file):\(text.record.line)"
    }
    return source
  }

  // MARK: Measuring

  /// At most `limit` dev examples of each task, always the same ones, under its templates by turns.
  ///
  /// - Parameters:
  ///   - heldOut: whether also those of tasks that are not learned from.
  ///   - shots: demonstrations before each.
  package func devTexts(limit: Int, heldOut: Bool, shots: Int = 0) -> [TaskText] {
    let measured = tasks.indices.filter {
      !tasks[$0].dev.isEmpty && (heldOut || !tasks[$0].isHeldOut)
    }
    return measured.flatMap { number in
      let task = tasks[number]
      let order = Permutation(count: task.dev.count, seed: 7)
      return (0..<min(limit, task.dev.count)).map { index in
        let record = task.dev[order[index]]
        var text = task.text(number, record, choice: index, explaining: false)
        var random = SplitMix64(seed: settings.seed &+ UInt64(index))
        text.shots = demonstrations(
          of: task, beside: record, count: shots, choice: index, explaining: false, &random)
        return text
      }
    }
  }

  /// The same as pairs, of tasks that are learned from.
  ///
  /// - Throws: `InputError` with the line of an example that is longer than the network reads.
  package func devSource(
    for model: GenerativeModel, limit: Int, leaving room: Int = 0
  ) throws -> PairSource {
    let longest = model.network.maxPositions.map { $0 - room }
    for number in trained {
      try tasks[number].requireFit(tasks[number].dev, in: longest, of: model)
    }
    return PairSource(
      devTexts(limit: limit, heldOut: false).map {
        $0.pair(for: model, longest: longest)
      })
  }
}

extension LearningTask {
  /// A record under one of the templates.
  ///
  /// - Parameter choice: which template, counted round and round.
  func text(_ number: Int, _ record: TaskRecord, choice: Int, explaining: Bool) -> TaskText {
    let usable = explaining ? explanations.filter(record.has) : []
    let choices = usable.isEmpty ? templates : usable
    let template = choices[choice % choices.count]
    return TaskText(
      task: number, input: template.input.filled(record),
      targets: template.target.alternatives(record), record: record)
  }

  /// - Throws: `InputError` with the line of a record that is too long under one of the templates.
  fileprivate func requireFit(
    _ records: [TaskRecord], in longest: Int?, of model: GenerativeModel
  ) throws {
    guard let longest else { return }
    for record in records {
      for template in templates + explanations.filter(record.has) {
        let (input, target) = (
          template.input.filled(record), template.target.alternatives(record)[0]
        )
        // No token is shorter than a byte, but for those that tokenizers add around a text.
        if input.utf8.count + target.utf8.count + 8 <= longest { continue }
        let pair = model.pair(input: input, target: TaskDraws.target(target, after: input))
        let tokens = pair.input.count + pair.target.count
        guard tokens <= longest else {
          throw InputError(
            file: record.file, line: record.line,
            expected: "at most the \(longest) tokens that the network has room for",
            found: "\(tokens) of task \(name)")
        }
      }
    }
  }
}

extension TaskText {
  /// The input behind its demonstrations; while that is too long, without the first of them.
  package func prompt(fits: (String) -> Bool) -> String {
    for first in shots.indices {
      let whole = (shots[first...] + [input]).joined(separator: "\n\n")
      if fits(whole) { return whole }
    }
    return input
  }

  /// The text in tokens, of which there are `longest` at most.
  fileprivate func pair(for model: GenerativeModel, longest: Int?) -> TokenPair {
    let target = TaskDraws.target(targets[0], after: input)
    let whole = prompt { text in
      guard let longest else { return true }
      let pair = model.pair(input: text, target: target)
      return pair.input.count + pair.target.count <= longest
    }
    return model.pair(input: whole, target: target)
  }
}
