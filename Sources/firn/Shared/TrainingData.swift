import Models
import Tensors
import Tuning

/// What a module learns from and is measured on: pairs of a file, or the tasks of one.
struct TrainingData {
  let train, dev: PairSource
  /// Answers dev examples, where that was asked for.
  let scoring: TaskScoring?

  /// Pairs of two files of records `{"input","target","answers"?}`.
  init(
    train: String, dev: String, for model: GenerativeModel, leaving room: Int, answered: Int,
    maxTokens: Int
  ) throws {
    self.train = try .read(train, for: model, leaving: room)
    self.dev = try .read(dev, for: model, leaving: room)
    scoring =
      answered == 0
      ? nil : try .pairs(of: dev, limit: answered, maxTokens: maxTokens)
  }

  /// - Throws: `InputError`, also for examples that are longer than the network reads.
  init(
    _ file: TaskFile, for model: GenerativeModel, leaving room: Int, answered: Int, maxTokens: Int
  ) throws {
    train = try file.draws.source(for: model, leaving: room)
    dev = try file.draws.devSource(for: model, limit: file.devExamples, leaving: room)
    scoring =
      answered == 0
      ? nil
      : TaskScoring(
        tasks: file.draws.tasks, texts: file.draws.devTexts(limit: answered, heldOut: true),
        maxTokens: maxTokens)
  }
}

extension TaskScoring {
  /// The records of one file as two tasks, of exact match and of F1.
  fileprivate static func pairs(of file: String, limit: Int, maxTokens: Int) throws -> TaskScoring {
    let plain = TaskTemplate(input: "{input}", target: "{target}")
    let all = TaskTemplate(input: "{input}", target: "{answers}")
    let records = try TaskRecord.read(file, for: [plain], explanations: [all])
    let order = Permutation(count: records.count, seed: 7)
    let chosen = (0..<min(limit, records.count)).map { records[order[$0]] }
    let tasks = [LearningTask.Metric.em, .f1].map { metric in
      LearningTask(
        name: metric.rawValue, category: "dev", metric: metric, templates: [plain],
        train: records, dev: records)
    }
    return TaskScoring(
      tasks: tasks,
      texts: tasks.indices.flatMap { task in
        chosen.map { record in
          let template = record.has(all) ? all : plain
          return TaskText(
            task: task, input: template.input.filled(record),
            targets: template.target.alternatives(record), record: record)
        }
      }, maxTokens: maxTokens)
  }
}
