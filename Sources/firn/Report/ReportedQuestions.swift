import Retrieval

/// The same questions asked of several systems, which can therefore be compared one by one.
struct ReportedQuestions {
  let name: String
  let questions: [Question]
  private(set) var systems: [ReportedSystem] = []
  /// The runs that the systems read from, each once.
  private(set) var runs: [ReportedRun] = []

  /// Collects what several experiments asked. Sets of the same questions become one.
  ///
  /// - Parameter top: passages to show from the top of each ranking.
  /// - Throws: `InputError` for whatever is missing or malformed.
  static func read(
    _ files: [ResultsFile], top: Int, table: inout PassageTable, report: () throws -> Void
  ) throws -> [ReportedQuestions] {
    var sets: [ReportedQuestions] = []
    for file in files {
      for entry in file.questions {
        let questions = try questions(entry, of: file)
        let known = sets.firstIndex { $0.questions == questions }
        let index = known ?? sets.count
        if known == nil {
          let isTaken = sets.contains { $0.name == entry.name }
          let name = isTaken ? "\(entry.name) of \(file.name)" : entry.name
          sets.append(ReportedQuestions(name: name, questions: questions))
        }
        for cell in file.cells where cell.questions == entry.name {
          try report()
          sets[index].systems.append(try ReportedSystem(cell, of: file, questions: questions))
        }
      }
    }
    for index in sets.indices { try sets[index].readRuns(top: top, table: &table, report: report) }
    return sets.filter { !$0.systems.isEmpty }
  }

  private static func questions(
    _ entry: ResultsFile.Questions, of file: ResultsFile
  ) throws -> [Question] {
    let path = file.file(entry.path)
    let questions = try QuestionFile.read(path)
    guard questions.count == entry.count, !questions.isEmpty else {
      throw InputError(
        file: path, expected: "\(entry.count) questions as in the results",
        found: "\(questions.count)")
    }
    return questions
  }

  private mutating func readRuns(
    top: Int, table: inout PassageTable, report: () throws -> Void
  ) throws {
    var paths: [String] = []
    for system in systems where !paths.contains(system.runPath) { paths.append(system.runPath) }
    for path in paths {
      try report()
      var read = [Set<String>](repeating: [], count: questions.count)
      for system in systems where system.runPath == path {
        for (index, ids) in system.readPassages.enumerated() { read[index].formUnion(ids) }
      }
      runs.append(
        try ReportedRun(path, questions: questions, top: top, read: read, table: &table))
    }
  }

  /// The place of a system's run among the runs.
  func run(of system: ReportedSystem) -> Int {
    runs.firstIndex { $0.path == system.runPath } ?? 0
  }
}
