import Evaluation
import Foundation
import Retrieval

/// The `results.json` of an experiment: what was measured, on what, and where the files lie.
struct ResultsFile {
  struct Questions {
    let name, path: String
    let count: Int
  }

  struct Recall {
    let k: Int
    let estimate: MetricEstimate
  }

  struct Cell {
    let name, questions, retriever: String
    let rerank, contextTokens, passages: Int
    let reader: String
    let modules: [String]
    let seed: Int
    let command, run, predictions: String
    let metrics: [String: MetricEstimate]
    let recall: [Recall]
  }

  struct Input {
    let role, path, sha256: String
  }

  /// Of `results.json` itself.
  let path: String
  let name, version, command: String
  /// Processor, cores, memory, system.
  let machine: [String]
  let inputs: [Input]
  let questions: [Questions]
  let cells: [Cell]

  /// - Parameter path: the file, or the folder that holds it.
  /// - Throws: `InputError` that names the file.
  init(_ path: String) throws {
    let isFolder = FileManager.default.fileExists(atPath: path + "/.")
    let path = isFolder ? "\(path)/results.json" : path
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(
        kind: .missing, file: path, expected: "results that firn experiment wrote", found: "none")
    }
    let record = try JSONRecord(
      Array(Data(contentsOf: URL(filePath: path))), file: path, line: 1)
    let version = try record.require("version", record.integer)
    guard version == 1 else {
      throw record.error(expected: "results of version 1", found: "version \(version)")
    }
    self.path = path
    name = try record.require("name", record.string)
    self.version = try record.require("tool", record.record).text("version")
    command = try record.text("command")
    machine = try record.require("machine", record.record).machine()
    inputs = try record.require("inputs", record.records).map {
      Input(role: try $0.text("role"), path: try $0.text("path"), sha256: try $0.text("sha256"))
    }
    questions = try record.require("questions", record.records).map { try $0.questions() }
    let names = Set(questions.map(\.name))
    cells = try record.require("cells", record.records).map { try $0.cell(of: names) }
    if cells.isEmpty { throw record.error(expected: "at least one cell", found: "none") }
  }

  /// The path of a file that the results name, which lies beside them.
  func file(_ name: String) -> String {
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    return folder + name
  }
}

extension JSONRecord {
  fileprivate func text(_ key: String) throws -> String { try require(key, string) }

  /// A count of something.
  fileprivate func natural(_ key: String) throws -> Int {
    let number = try require(key, integer)
    if number < 0 { throw error(expected: "\"\(key)\" of at least 0", found: "\(number)") }
    return number
  }

  /// A path below the folder of the results: a report shows what is read, so that results from
  /// elsewhere must not be able to name any other file.
  fileprivate func path(_ key: String) throws -> String {
    let path = try text(key)
    if path.hasPrefix("/") || path.split(separator: "/").contains("..") {
      throw error(expected: "\"\(key)\" below the folder", found: InputError.quoted(path))
    }
    return path
  }

  fileprivate func machine() throws -> [String] {
    let gibibytes = Double(try natural("memory_bytes")) / Double(1 << 30)
    let memory = String(format: "%.0f GiB of memory", gibibytes)
    return try [text("cpu"), "\(natural("cores")) cores", memory, text("os")]
  }

  fileprivate func questions() throws -> ResultsFile.Questions {
    ResultsFile.Questions(
      name: try text("name"), path: try path("path"), count: try natural("count"))
  }

  fileprivate func cell(of questions: Set<String>) throws -> ResultsFile.Cell {
    let name = try text("name")
    let set = try text("questions")
    guard questions.contains(set) else {
      throw error(
        expected: "questions of cell \(InputError.quoted(name)) that are listed",
        found: InputError.quoted(set))
    }
    let figures = try require("metrics", record)
    var metrics: [String: MetricEstimate] = [:]
    for key in ["em", "f1", "reader_recall", "ece"] {
      metrics[key] = try figures.record(key)?.estimate()
    }
    return ResultsFile.Cell(
      name: name, questions: set, retriever: try text("retriever"), rerank: try natural("rerank"),
      contextTokens: try natural("context_tokens"), passages: try natural("passages"),
      reader: try text("reader"), modules: try require("modules", strings),
      seed: try natural("seed"), command: try text("command"), run: try path("run"),
      predictions: try path("predictions"), metrics: metrics,
      recall: try require("recall", records).map {
        ResultsFile.Recall(k: try $0.depth(), estimate: try $0.estimate())
      })
  }

  private func depth() throws -> Int {
    let depth = try natural("k")
    if depth == 0 { throw error(expected: "\"k\" of at least 1", found: "0") }
    return depth
  }

  private func estimate() throws -> MetricEstimate {
    let (value, low, high) = try (
      require("value", number), require("low", number), require("high", number)
    )
    guard 0 <= low, low <= value, value <= high, high <= 1 else {
      throw error(
        expected: "0 ≤ low ≤ value ≤ high ≤ 1", found: "\(low), \(value) and \(high)")
    }
    return MetricEstimate(value: value, low: low, high: high)
  }
}
