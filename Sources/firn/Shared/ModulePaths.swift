import Models
import Reading

/// The module files to use, by kind.
struct ModulePaths: Sendable {
  private let named: [String: String]

  /// - Parameter paths: what the user named; the shipped ones stand in for kinds not among them.
  init(_ paths: [String]) throws {
    var named: [String: String] = [:]
    for path in paths {
      let kind = try ModuleFile(path: path).kind
      guard [SpanReader.kind, Self.reranker].contains(kind),
        named.updateValue(path, forKey: kind) == nil
      else {
        throw CheckpointError(
          file: path, expected: "one module each of the kinds reader and reranker", found: kind)
      }
    }
    self.named = named
  }

  private static let reranker = "reranker"

  var reader: String {
    get throws { try named[SpanReader.kind] ?? ModulePath.required(SpanReader.kind) }
  }

  var reranker: String? { named[Self.reranker] ?? ModulePath.shipped(Self.reranker) }
}
