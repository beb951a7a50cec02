import Retrieval

/// What an experiment compares: the cells of a grid over one index.
struct ExperimentPlan {
  let name: String
  /// What the index is built from; empty where it must be there already.
  let corpora: [String]
  /// As users name it.
  let index: String
  /// The model behind the vectors of an index that is built, or `none`.
  let encoder: String
  /// At least one, with names of their own, in the order of the grid.
  let cells: [ExperimentCell]
}

extension ExperimentPlan {
  /// The sets of questions that are asked.
  var questions: [ExperimentCell.Questions] {
    cells.grouped(by: \.questions.name).map { $0[0].questions }
  }
}

extension Array {
  /// Elements of one key together; groups in the order of their first elements.
  func grouped(by key: (Element) -> String) -> [[Element]] {
    var places: [String: Int] = [:]
    var groups: [[Element]] = []
    for element in self {
      let place = places[key(element), default: groups.count]
      if place == groups.count {
        places[key(element)] = place
        groups.append([])
      }
      groups[place].append(element)
    }
    return groups
  }
}

/// Cells to leave out: those whose place along each of these axes is one of the names.
struct SkipRule {
  let names: [ExperimentAxis: [String]]

  func matches(_ cell: ExperimentCell) -> Bool {
    names.allSatisfy { axis, names in cell.labels(axis).contains(where: names.contains) }
  }
}

/// The choices along each axis.
struct ExperimentGrid {
  let index: String
  let questions: [ExperimentCell.Questions]
  let retrievers: [ExperimentCell.Retriever]
  let rerankers: [ExperimentCell.Reranker]
  let budgets: [ExperimentCell.Budget]
  let readers: [ExperimentCell.Reader]
  let seeds: [Int]

  /// The product of all choices; the last axis changes fastest.
  var cells: [ExperimentCell] {
    questions.flatMap { questions in
      retrievers.flatMap { retriever in
        rerankers.flatMap { reranker in
          budgets.flatMap { budget in
            readers.flatMap { reader in
              seeds.map { seed in
                ExperimentCell(
                  index: index, questions: questions, retriever: retriever, reranker: reranker,
                  budget: budget, reader: reader, seed: seed)
              }
            }
          }
        }
      }
    }
  }
}
