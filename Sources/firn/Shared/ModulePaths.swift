import Models
import Retrieval

/// The module files to use, by kind.
struct ModulePaths {
  let reader: String
  let reranker: String?

  /// - Parameter paths: what the user named; the shipped ones stand in for kinds not among them.
  init(_ paths: [String]) throws {
    var named: [String: String] = [:]
    for path in paths {
      let kind = try ModuleFile(path: path).kind
      guard ["reader", "reranker"].contains(kind), named.updateValue(path, forKey: kind) == nil
      else {
        throw CheckpointError(
          file: path, expected: "one module each of the kinds reader and reranker", found: kind)
      }
    }
    reader = try named["reader"] ?? ModulePath.required("reader")
    reranker = named["reranker"] ?? ModulePath.shipped("reranker")
  }
}
