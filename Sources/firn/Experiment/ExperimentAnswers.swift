import Reading
import Retrieval

extension ExperimentRun {
  /// Writes a cell's predictions from its run, which is whole.
  func answer(_ cell: ExperimentCell, phase: String) async throws {
    let command = try Answer.parse(cell.arguments)
    var settings = try command.reader.settings(modules(of: cell.reader))
    settings.merge(self.settings[cell.ranking] ?? [:]) { $1 }
    settings["passages from"] = "index"
    settings["fold"] = cell.questions.fold
    let log = try log(cell.predictionsPath, of: cell, settings: settings)
    let questions = questions(of: cell.questions)
    if log.count == questions.count { return }
    let answerer = try await reader(cell.reader, command.reader).answerer(command.reader)
    let rankings = try RunReader.read(folder.file(cell.runPath))
    for start in stride(from: 0, to: questions.count, by: AnsweringEngine.batchSize) {
      let end = min(start + AnsweringEngine.batchSize, questions.count)
      if end <= log.count { continue }
      try Interruption.check()
      let batch = (start..<end).map {
        Ranking(question: questions[$0], passages: rankings[$0].passages)
      }
      let (answers, failure) = try await timings.measure(
        "cell \(cell.name)", questions: batch.count
      ) {
        try await answerer.answered(batch)
      }
      try log.append(answers.map { try $0.prediction.line() }, from: start)
      if let failure { throw failure }
      line.update(phase, end, of: questions.count)
    }
  }
}
