import Retrieval

extension ExperimentPlan {
  /// Reads a plan from a YAML file:
  ///
  ///     name: nq
  ///     corpora: [wiki.jsonl.gz]
  ///     index: wiki
  ///     encoder: minilm
  ///     questions: {dev: nq.dev.jsonl, test: {path: nq.csv, format: dpr, fold: 0/5}}
  ///     retrievers: [bm25, {name: deep, method: hybrid, top: 200}]
  ///     rerankers: [none, 20, {name: ours, candidates: 100, module: ours.safetensors}]
  ///     budgets: [512, {name: five, context-tokens: 1024, passages: 5}]
  ///     readers: [minilm, {name: tuned, model: minilm, modules: [nq.safetensors]},
  ///       {model: google/flan-t5-base, template: flan, shots: shots.jsonl}]
  ///     seeds: [1]
  ///     skip: [{retriever: bm25, reranker: [ours, 20]}]
  ///
  /// Paths are those of the command line: relative to the current folder. `corpora` may be left out
  /// where the index is there, `index` where there are corpora (it is then called as the
  /// experiment), and `encoder`, `seeds` and `skip` altogether.
  ///
  /// - Throws: `InputError` with the line, also for keys that mean nothing.
  init(file: String) throws {
    let root = try YAMLValue(file: file)
    let fields = try root.fields(
      "name", "corpora", "index", "encoder", "questions", "retrievers", "rerankers", "budgets",
      "readers", "seeds", "skip")
    name = try fields.required("name").name()
    corpora = try fields["corpora"]?.items().map { try $0.text() } ?? []
    index = try corpora.isEmpty ? fields.required("index").text() : fields["index"]?.text() ?? name
    encoder = try fields["encoder"]?.text() ?? "minilm"
    let grid = try ExperimentGrid(fields, index: index)
    let all = grid.cells
    let rules = try fields["skip"]?.items().map { try SkipRule($0, of: all) } ?? []
    cells = all.filter { cell in !rules.contains { $0.matches(cell) } }
    guard !cells.isEmpty else {
      throw root.error(expected: "a cell that is not skipped", found: "none of \(all.count)")
    }
    var names: Set<String> = []
    if let twin = cells.first(where: { !names.insert($0.name).inserted }) {
      throw root.error(expected: "cells of different names", found: "\(twin.name) twice")
    }
  }
}

extension ExperimentGrid {
  fileprivate init(_ fields: YAMLFields, index: String) throws {
    self.index = index
    questions = try Self.questions(fields.required("questions"))
    retrievers = try Self.list(fields, "retrievers", name: \.name, Self.retriever)
    rerankers = try Self.list(fields, "rerankers", name: \.name, Self.reranker)
    budgets = try Self.list(fields, "budgets", name: \.name, Self.budget)
    readers = try Self.list(fields, "readers", name: \.name, Self.reader)
    seeds =
      fields["seeds"] == nil
      ? [1]
      : try Self.list(fields, "seeds", name: String.init) { try $0.integer(atLeast: 0) }
  }

  /// The elements of a list, each under a name of its own.
  private static func list<Choice>(
    _ fields: YAMLFields, _ key: String, name: (Choice) -> String,
    _ read: (YAMLValue) throws -> Choice
  ) throws -> [Choice] {
    var names: Set<String> = []
    return try fields.required(key).items().map { item in
      let choice = try read(item)
      guard names.insert(name(choice)).inserted else {
        throw item.error(
          expected: "\(key) of different names", found: "\(InputError.quoted(name(choice))) again")
      }
      return choice
    }
  }

  private static func questions(_ value: YAMLValue) throws -> [ExperimentCell.Questions] {
    let entries = try value.entries()
    if entries.isEmpty { throw value.error(expected: "a name and a file of questions") }
    return try entries.map { key, value in
      if value.isScalar {
        return ExperimentCell.Questions(
          name: try key.name(), path: try value.text(), format: nil, fold: nil)
      }
      let fields = try value.fields("path", "format", "fold")
      if let fold = fields["fold"], Fold(argument: try fold.text()) == nil {
        throw fold.error(expected: "a fold such as 0/5")
      }
      return ExperimentCell.Questions(
        name: try key.name(), path: try fields.required("path").text(),
        format: try fields["format"]?.choice(of: QuestionFormat.self),
        fold: try fields["fold"]?.text())
    }
  }

  private static func retriever(_ value: YAMLValue) throws -> ExperimentCell.Retriever {
    if value.isScalar {
      let method = try value.choice(of: RetrievalMethod.self)
      return ExperimentCell.Retriever(
        name: method.rawValue, method: method, top: RetrievalOptions.defaultTop)
    }
    let fields = try value.fields("name", "method", "top")
    let method = try fields.required("method").choice(of: RetrievalMethod.self)
    return ExperimentCell.Retriever(
      name: try fields["name"]?.name() ?? method.rawValue, method: method,
      top: try fields["top"]?.integer(atLeast: 1) ?? RetrievalOptions.defaultTop)
  }

  private static func reranker(_ value: YAMLValue) throws -> ExperimentCell.Reranker {
    func standardName(_ count: Int) -> String { count == 0 ? "none" : "rerank\(count)" }
    if value.isScalar {
      let count = try value.text() == "none" ? 0 : value.integer(atLeast: 0)
      return ExperimentCell.Reranker(name: standardName(count), candidates: count, module: nil)
    }
    let fields = try value.fields("name", "candidates", "module")
    let count = try fields.required("candidates").integer(atLeast: 0)
    return ExperimentCell.Reranker(
      name: try fields["name"]?.name() ?? standardName(count), candidates: count,
      module: try fields["module"]?.text())
  }

  private static func budget(_ value: YAMLValue) throws -> ExperimentCell.Budget {
    if value.isScalar {
      let tokens = try value.integer(atLeast: 1)
      return ExperimentCell.Budget(name: "\(tokens)t", contextTokens: tokens, passages: nil)
    }
    let fields = try value.fields("name", "context-tokens", "passages")
    let tokens = try fields.required("context-tokens").integer(atLeast: 1)
    let passages = try fields["passages"]?.integer(atLeast: 1)
    return ExperimentCell.Budget(
      name: try fields["name"]?.name() ?? "\(tokens)t\(passages.map { "-\($0)p" } ?? "")",
      contextTokens: tokens, passages: passages)
  }

  private static func reader(_ value: YAMLValue) throws -> ExperimentCell.Reader {
    func standardName(_ model: String) -> String {
      String((model.split(separator: "/").last ?? "").map { $0.isNameCharacter ? $0 : "-" })
    }
    if value.isScalar {
      let model = try value.text()
      return ExperimentCell.Reader(
        name: standardName(model), model: model, modules: [], options: [])
    }
    let fields = try value.fields(["name", "model", "modules"] + readerOptions)
    let model = try fields.required("model").text()
    let reader = ExperimentCell.Reader(
      name: try fields["name"]?.name() ?? standardName(model), model: model,
      modules: try fields["modules"]?.items().map { try $0.text() } ?? [],
      options: try readerOptions.compactMap { name in
        try fields[name].map { (name, try $0.text()) }
      })
    do {
      _ = try ReaderOptions.parse(reader.arguments)
    } catch {
      throw value.error(expected: "a reader's options", found: ReaderOptions.message(for: error))
    }
    return reader
  }

  /// Those of `firn answer` that say nothing of passages.
  private static let readerOptions = [
    "template", "shots", "max-tokens", "temperature", "precision", "abstain-below", "reader-model",
    "reader-api", "reader-tokenizer", "reader-requests", "reader-timeout", "reader-tries",
  ]
}

extension SkipRule {
  /// - Parameter cells: the whole grid, whose names a rule may use.
  fileprivate init(_ value: YAMLValue, of cells: [ExperimentCell]) throws {
    var names: [ExperimentAxis: [String]] = [:]
    for (key, value) in try value.entries() {
      let axis = try key.choice(of: ExperimentAxis.self)
      let known = Set(cells.flatMap { $0.labels(axis) })
      names[axis] = try (value.isScalar ? [value] : value.items()).map { item in
        let name = try item.text()
        if known.contains(name) { return name }
        throw item.error(expected: "the name of a \(axis.rawValue) in this file")
      }
    }
    if names.isEmpty { throw value.error(expected: "an axis and its names") }
    self.names = names
  }
}

extension YAMLValue {
  /// A text that can be part of a file's name.
  fileprivate func name() throws -> String {
    let name = try text()
    if name.allSatisfy(\.isNameCharacter) { return name }
    throw error(expected: "a name of letters, digits, - and _")
  }
}

extension Character {
  fileprivate var isNameCharacter: Bool {
    isASCII && (isLetter || isNumber) || self == "-" || self == "_"
  }
}
