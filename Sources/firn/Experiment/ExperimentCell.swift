import Retrieval

/// The dimensions of an experiment's grid; raw values are the names that rules about cells use.
enum ExperimentAxis: String, CaseIterable {
  case questions, retriever, reranker, budget, reader, seed
}

/// One way to answer one set of questions: a choice along every axis.
struct ExperimentCell {
  struct Questions {
    let name, path: String
    let format: QuestionFormat?
    /// The fold of the questions that is asked, as in `0/5`.
    let fold: String?

    /// Where they are copied to in the experiment's folder.
    var copy: String { "questions/\(name).jsonl" }
  }

  struct Retriever {
    let name: String
    let method: RetrievalMethod
    /// Passages in each ranking.
    let top: Int
  }

  struct Reranker {
    let name: String
    /// Passages that are re-ranked; 0 leaves rankings as they are.
    let candidates: Int
    /// A module's file, or a cross-encoder's name or folder; nil for the module that ships.
    let module: String?
  }

  struct Budget {
    let name: String
    let contextTokens: Int
    /// Passages in the reader's context at most; nil for as many as fit.
    let passages: Int?
  }

  struct Reader {
    let name: String
    /// A name, a folder or an address.
    let model: String
    /// Empty for the module that ships.
    let modules: [String]
    /// More of `firn answer`'s options, with their values.
    let options: [(name: String, value: String)]
  }

  let index: String
  let questions: Questions
  let retriever: Retriever
  let reranker: Reranker
  let budget: Budget
  let reader: Reader
  let seed: Int
}

extension ExperimentCell {
  /// The ranking that the cell reads from; cells that differ in what follows share it.
  var ranking: String {
    reranker.candidates == 0 ? retriever.name : "\(retriever.name)-\(reranker.name)"
  }

  var name: String { "\(questions.name).\(ranking).\(budget.name).\(reader.name).s\(seed)" }

  /// Where its files lie in the experiment's folder.
  var runPath: String { "runs/\(ranking).\(questions.name).jsonl" }
  var predictionsPath: String { "predictions/\(name).jsonl" }

  /// What rules may call the cell's place along an axis.
  func labels(_ axis: ExperimentAxis) -> [String] {
    switch axis {
    case .questions: [questions.name]
    case .retriever: [retriever.name]
    case .reranker: [reranker.name, "\(reranker.candidates)"]
    case .budget: [budget.name, "\(budget.contextTokens)"]
    case .reader: [reader.name]
    case .seed: ["\(seed)"]
    }
  }

  /// The arguments of the `firn answer` that gives the cell's predictions by itself.
  var arguments: [String] {
    var arguments = [questions.path]
    func add(_ name: String, _ values: String?...) {
      let values = values.compactMap { $0 }
      if !values.isEmpty { arguments += ["--\(name)"] + values }
    }
    add("question-format", questions.format?.rawValue)
    add("fold", questions.fold)
    add("index", index)
    add("method", retriever.method.rawValue)
    add("top", "\(retriever.top)")
    add("rerank", "\(reranker.candidates)")
    add("reranker", reranker.candidates > 0 ? reranker.module : nil)
    add("context-tokens", "\(budget.contextTokens)")
    add("passages", budget.passages.map(String.init))
    arguments += reader.arguments
    add("seed", "\(seed)")
    return arguments
  }
}

extension ExperimentCell.Reader {
  /// Its part of the arguments.
  var arguments: [String] {
    ["--reader", model] + (modules.isEmpty ? [] : ["--module"] + modules)
      + options.flatMap { ["--\($0.name)", $0.value] }
  }
}
