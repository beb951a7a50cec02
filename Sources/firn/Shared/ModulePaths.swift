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
      let place = LearnedModules.kinds.contains(kind) ? Self.learned : kind
      guard Self.kinds.contains(place), named.updateValue(path, forKey: place) == nil else {
        throw CheckpointError(
          file: path,
          expected: "one module each of \(SpanReader.kind), \(Self.reranker), "
            + LearnedModules.kinds.joined(separator: " or "),
          found: kind)
      }
    }
    self.named = named
  }

  static let reranker = "reranker"
  /// Whatever a generative reader learned.
  private static let learned = "learned module"
  private static let kinds = [SpanReader.kind, reranker, learned]

  var reader: String {
    get throws { try named[SpanReader.kind] ?? ModulePath.required(SpanReader.kind) }
  }

  /// What a generative reader learned.
  var learned: String? { named[Self.learned] }

  /// What the user named of a kind.
  func named(_ kind: String) -> String? { named[kind] }

  /// - Throws: `CheckpointError` when the user named a module that readers of a kind do not have.
  func check(for reader: ReaderKind) throws {
    let foreign =
      switch reader {
      case .spans: [Self.learned]
      case .language: [SpanReader.kind]
      case .remote: [Self.learned, SpanReader.kind]
      }
    guard let kind = foreign.first(where: { named[$0] != nil }), let path = named[kind] else {
      return
    }
    throw CheckpointError(
      file: path, expected: "a module that this kind of reader can have",
      found: try ModuleFile(path: path).kind)
  }

  var reranker: String? { named[Self.reranker] ?? ModulePath.shipped(Self.reranker) }
}
