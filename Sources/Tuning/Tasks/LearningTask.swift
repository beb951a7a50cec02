import Retrieval

/// A record of a task's data: the fields that its templates have places for.
package struct TaskRecord: Sendable, Equatable {
  package let fields: [String: [String]]
  package let file: String
  package let line: Int

  /// The records of a JSON Lines file.
  ///
  /// - Parameters:
  ///   - templates: each record needs all their fields, and a target that says something.
  ///   - explanations: those whose fields a record may lack.
  /// - Throws: `InputError` naming file and line, also for a file without records.
  package static func read(
    _ path: String, for templates: [TaskTemplate], explanations: [TaskTemplate] = []
  ) throws -> [TaskRecord] {
    let needed = templates.reduce(into: Set()) { $0.formUnion($1.fields) }
    let wanted = explanations.reduce(into: needed) { $0.formUnion($1.fields) }
    var records = JSONRecords(try InputFile(path), layout: .lines)
    var read: [TaskRecord] = []
    while let (bytes, line) = try records.next() {
      let json = try JSONRecord(bytes, file: path, line: line)
      var fields: [String: [String]] = [:]
      for name in wanted.sorted() {
        fields[name] =
          needed.contains(name) ? try json.require(name, json.texts) : try json.texts(name)
      }
      let record = TaskRecord(fields: fields, file: path, line: line)
      for template in templates {
        let targets = template.target.alternatives(record)
        guard targets.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
          throw json.error(expected: "a target that says something", found: "none")
        }
      }
      read.append(record)
    }
    guard !read.isEmpty else {
      throw InputError(file: path, expected: "records", found: "none")
    }
    return read
  }

  /// Whether it has something for all places of a template.
  package func has(_ template: TaskTemplate) -> Bool {
    template.fields.allSatisfy { fields[$0]?.isEmpty == false }
  }
}

/// One of the tasks that a module learns or is measured on.
package struct LearningTask: Sendable {
  /// How an answer is scored, 0...1.
  package enum Metric: String, CaseIterable, Sendable {
    /// Exact match and token F1, by SQuAD's rules.
    case em, f1
    /// Whether the answer is the target letter for letter, as for labels.
    case accuracy
  }

  package let name, category: String
  package let metric: Metric
  package let templates: [TaskTemplate]
  /// Templates whose targets reason before they answer.
  package let explanations: [TaskTemplate]
  /// Whether it is measured only; its training data are demonstrations at most.
  package let isHeldOut: Bool
  package let train, dev: [TaskRecord]

  /// - Requires: a template at least, and training data unless it is held out.
  package init(
    name: String, category: String, metric: Metric, templates: [TaskTemplate],
    explanations: [TaskTemplate] = [], isHeldOut: Bool = false, train: [TaskRecord],
    dev: [TaskRecord]
  ) {
    precondition(!templates.isEmpty, "expected a template of task \(name)")
    precondition(isHeldOut || !train.isEmpty, "expected training data of task \(name)")
    self.name = name
    self.category = category
    self.metric = metric
    self.templates = templates
    self.explanations = explanations
    self.isHeldOut = isHeldOut
    self.train = train
    self.dev = dev
  }
}
