import Retrieval
import Tuning

/// The tasks of a YAML file, and how they are mixed:
///
///     tasks:
///       - name: boolq
///         category: reading            # default: the name
///         train: boolq.train.jsonl     # JSON Lines; the templates say which fields are needed
///         dev: boolq.dev.jsonl
///         metric: accuracy             # em, f1 or accuracy
///         templates:
///           - {input: "{passage}\n\n{question}?", target: "{answer}"}
///         explanations:
///           - {input: "{question}? Explain.", target: "{why} So the answer is {answer}."}
///     held-out: {tasks: [rte], categories: [nli]}
///     mixture: {cap: 5000, temperature: 1, category-share: 0.5, explanations: 0.2, shots: 2,
///               shots-share: 0.3}
///     dev-examples: 200
///
/// A field with a list is any of its elements in a target, and all of them in an input. Tasks that
/// are held out need no training data. Paths are those of the command line.
struct TaskFile {
  private let path: String
  let draws: TaskDraws
  /// Dev examples of a task that are measured on.
  let devExamples: Int

  /// - Throws: `InputError` with the line, also for keys that mean nothing and for data that a
  ///   template does not fit.
  init(_ path: String, seed: UInt64) throws {
    self.path = path
    let root = try YAMLValue(file: path)
    let fields = try root.fields("tasks", "held-out", "mixture", "dev-examples")
    devExamples = try fields["dev-examples"]?.integer(atLeast: 1) ?? .max
    let values = try fields.required("tasks").items()
    let names = try values.map(Self.name)
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw values[index].error(
        expected: "tasks of different names", found: "\(InputError.quoted(name)) again")
    }
    let categories = try values.map(Self.category)
    let isHeldOut = try Self.heldOut(fields["held-out"], names, categories)
    let tasks = try values.indices.map { index in
      try Self.task(values[index], names[index], categories[index], isHeldOut[index])
    }
    let trained = tasks.filter { !$0.isHeldOut }
    guard !trained.isEmpty else {
      throw root.error(expected: "a task that is not held out", found: "none")
    }
    draws = TaskDraws(
      tasks,
      try Self.settings(
        fields["mixture"], categories: Set(trained.map(\.category)).count, seed: seed))
  }

  /// What a resumed run must find again: the file, and the data that it names.
  var text: String {
    get throws {
      let data = draws.tasks.flatMap { [$0.train.first, $0.dev.first] }.compactMap { $0?.file }
      return try ([path] + Set(data).sorted()).map(AnsweringEngine.checksum).joined(separator: " ")
    }
  }

  /// How often each task is drawn, and what is not.
  var summary: String {
    let trained = zip(draws.tasks.filter { !$0.isHeldOut }, draws.mixture.rates).map { task, rate in
      task.name + String(format: " %.1f %%", 100 * rate)
    }
    let heldOut = draws.tasks.filter(\.isHeldOut).map(\.name)
    return "mixture: " + trained.joined(separator: ", ")
      + (heldOut.isEmpty ? "" : "; held out: " + heldOut.joined(separator: ", "))
  }

  private static let keys = (
    name: "name", category: "category", train: "train", dev: "dev", metric: "metric",
    templates: "templates", explanations: "explanations"
  )

  private static func fields(_ value: YAMLValue) throws -> YAMLFields {
    try value.fields(
      keys.name, keys.category, keys.train, keys.dev, keys.metric, keys.templates,
      keys.explanations)
  }

  private static func name(_ value: YAMLValue) throws -> String {
    try fields(value).required(keys.name).text()
  }

  private static func category(_ value: YAMLValue) throws -> String {
    try fields(value)[keys.category]?.text() ?? name(value)
  }

  /// Which tasks are held out, by their names or by their categories.
  private static func heldOut(
    _ value: YAMLValue?, _ names: [String], _ categories: [String]
  ) throws -> [Bool] {
    let fields = try value?.fields("tasks", "categories")
    func chosen(_ key: String, among known: [String]) throws -> Set<String> {
      let items = try fields?[key]?.items() ?? []
      return Set(
        try items.map { item in
          let name = try item.text()
          guard known.contains(name) else {
            throw item.error(
              expected: "one of \(Set(known).sorted().joined(separator: ", "))",
              found: InputError.quoted(name))
          }
          return name
        })
    }
    let byName = try chosen("tasks", among: names)
    let byCategory = try chosen("categories", among: categories)
    return zip(names, categories).map { byName.contains($0) || byCategory.contains($1) }
  }

  private static func task(
    _ value: YAMLValue, _ name: String, _ category: String, _ isHeldOut: Bool
  ) throws -> LearningTask {
    let fields = try fields(value)
    let templates = try fields.required(keys.templates).items().map(template)
    let explanations = try fields[keys.explanations]?.items().map(template) ?? []
    let train = isHeldOut ? fields[keys.train] : try fields.required(keys.train)
    return LearningTask(
      name: name, category: category,
      metric: try fields.required(keys.metric).choice(of: LearningTask.Metric.self),
      templates: templates, explanations: explanations, isHeldOut: isHeldOut,
      train: try train.map {
        try TaskRecord.read($0.text(), for: templates, explanations: explanations)
      } ?? [],
      dev: try TaskRecord.read(fields.required(keys.dev).text(), for: templates))
  }

  private static func template(_ value: YAMLValue) throws -> TaskTemplate {
    let fields = try value.fields("input", "target")
    let target = try fields.required("target")
    let template = TaskTemplate(
      input: try fields.required("input").text(), target: try target.text())
    guard !template.target.fields.isEmpty else {
      throw target.error(expected: "a target with a field of the record, such as {answer}")
    }
    return template
  }

  private static func settings(
    _ value: YAMLValue?, categories: Int, seed: UInt64
  ) throws -> TaskDraws.Settings {
    var settings = TaskDraws.Settings()
    settings.seed = seed
    guard let value else { return settings }
    let fields = try value.fields(
      "cap", "temperature", "category-share", "explanations", "shots", "shots-share")
    func number(_ key: String, _ range: ClosedRange<Double>) throws -> Double? {
      try fields[key]?.number(in: range)
    }
    settings.mixture.cap = try fields["cap"]?.integer(atLeast: 1) ?? .max
    settings.mixture.temperature = try number("temperature", 1...1000) ?? 1
    let least = 1 / Double(categories)
    if let share = try number("category-share", least...1) {
      settings.mixture.categoryShare = share
    }
    settings.explanations = try number("explanations", 0...1) ?? 0
    settings.shots = try fields["shots"]?.integer(atLeast: 0) ?? 0
    settings.shotsShare = try number("shots-share", 0...1) ?? 1
    return settings
  }
}

extension YAMLValue {
  /// A number inside a range.
  func number(in range: ClosedRange<Double>) throws -> Double {
    guard let number = try Double(text()), range.contains(number) else {
      throw error(expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
