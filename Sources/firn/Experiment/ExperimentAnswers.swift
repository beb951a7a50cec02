import Reading
import Retrieval

extension ExperimentRun {
  /// Writes a cell's predictions from its run, which is whole.
  func answer(_ cell: ExperimentCell, phase: String) throws {
    let command = try Answer.parse(cell.arguments)
    var settings = try command.reader.settings(module: module(of: cell.reader))
    settings.merge(self.settings[cell.ranking] ?? [:]) { $1 }
    settings["passages from"] = "index"
    settings["fold"] = cell.questions.fold
    let log = try log(cell.predictionsPath, of: cell, settings: settings)
    let questions = questions(of: cell.questions)
    if log.count == questions.count { return }
    let answerer = try reader(cell.reader).answerer(command.reader)
    var (done, batch) = (0, [Ranking]())
    try RunReader.forEachRanking(folder.file(cell.runPath)) { ranking in
      let question = questions[done + batch.count]
      batch.append(Ranking(question: question, passages: ranking.passages))
      let end = done + batch.count
      guard batch.count == AnsweringEngine.batchSize || end == questions.count else { return }
      if end > log.count {
        try Interruption.check()
        let answered = timings.measure("cell \(cell.name)", questions: batch.count) {
          answerer.answer(batch)
        }
        try log.append(answered.map { try $0.prediction.line() }, from: done)
        line.update(phase, end, of: questions.count)
      }
      (done, batch) = (end, [])
    }
  }
}
