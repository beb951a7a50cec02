import Models
import Native
import Reading
import Retrieval

/// One ranking of one set of questions.
private struct OpenRun {
  let name: String
  let search: PassageSearch
  let log: RecordLog
}

extension ExperimentRun {
  /// Writes runs of one retriever: it searches once, and re-rankings are made from what it found.
  ///
  /// - Parameter cells: one for each ranking of a set of questions by a retriever.
  func rank(_ cells: [ExperimentCell]) async throws {
    let runs = try cells.map(open)
    let (cell, questions) = (cells[0], questions(of: cells[0].questions))
    let retrieval = "\(cell.retriever.name).\(cell.questions.name)"
    let size = AnsweringEngine.batchSize
    let first = (runs.map(\.log.count).min() ?? 0) / size * size
    for start in stride(from: first, to: questions.count, by: size) {
      try Interruption.check()
      let batch = Array(questions[start..<min(start + size, questions.count)])
      var retrieved: [Int: [[RetrievedPassage]]] = [:]
      for run in runs where run.log.count < start + batch.count {
        // What is fused hangs on the depth, so that a deeper ranking does not begin with this one.
        let depth = max(run.search.top, run.search.depth)
        if retrieved[depth] == nil {
          retrieved[depth] = try await timings.measure(
            "retrieval \(retrieval)", questions: batch.count
          ) {
            try run.search.retriever.retrieve(batch.map(\.text), top: depth)
          }
        }
        let found = retrieved[depth] ?? []
        let records = try await timings.measure("ranking \(run.name)", questions: batch.count) {
          let rankings = try run.search.rerank(found, for: batch)
          return Parallel.map(rankings.count) { rankings[$0].judged().line }
        }
        try run.log.append(records, from: start)
      }
      line.update("ranking \(retrieval)", start + batch.count, of: questions.count)
    }
  }

  private func open(_ cell: ExperimentCell) throws -> OpenRun {
    let retrieval = try Answer.parse(cell.arguments).retrieval
    let base = try index.info.settings.encoder.map { try model($0.name) }
    let search = try PassageSearch(
      index, retrieval, module: ModulePath.shipped("reranker"), sharing: base, ranks: true)
    settings[cell.ranking] = search.settings
    let log = try log(cell.runPath, of: cell, settings: search.settings)
    return OpenRun(name: "\(cell.ranking).\(cell.questions.name)", search: search, log: log)
  }
}
