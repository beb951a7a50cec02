import Foundation
import Models
import Reading
import Retrieval

/// Something that results hang on, held to its checksum.
struct ExperimentInput: Codable {
  let role: String
  let path: String
  let sha256: String

  /// What may not change while a folder of results grows: a corpus is its files, all else has one
  /// path for each role.
  var identity: String { role == "corpus" ? path : role }

  init(_ role: String, _ path: String, sha256: String) {
    self.role = role
    self.path = path.belowCurrentFolder
    self.sha256 = sha256
  }

  init(_ role: String, file path: String) throws {
    self.init(role, path, sha256: try fileSHA256(path))
  }
}

extension ExperimentPlan {
  /// All that the results hang on, but for the index.
  ///
  /// - Throws: `FileError`, `MissingModelError`, `MissingModuleError`, `CheckpointError`.
  func inputs(file: String) throws -> [ExperimentInput] {
    var inputs = [try ExperimentInput("experiment", file: file)]
    inputs += try corpora.flatMap(Self.files).map { try ExperimentInput("corpus", file: $0) }
    for set in questions {
      inputs.append(try ExperimentInput("questions \(set.name)", file: set.path))
    }
    for name in models { inputs.append(try Self.model(name)) }
    for reader in cells.grouped(by: \.reader.name).map({ $0[0].reader }) {
      for (role, path) in try reader.files {
        inputs.append(try ExperimentInput("\(role) \(reader.name)", file: path))
      }
    }
    for reranker in cells.grouped(by: \.reranker.name).map({ $0[0].reranker }) {
      if let path = try reranker.modulePath {
        inputs.append(try ExperimentInput("re-ranker \(reranker.name)", file: path))
      }
    }
    return inputs
  }

  /// Readers and cross-encoders; the encoder is the index's.
  private var models: [String] {
    let readers = cells.map(\.reader.model).filter { !ReaderKind.isRemote($0) }
    let rerankers = cells.map(\.reranker).filter { $0.candidates > 0 }.compactMap(\.crossEncoder)
    return Set(readers + rerankers).sorted()
  }

  private static func model(_ name: String) throws -> ExperimentInput {
    let folder = try ModelFolder.resolve(name)
    let sha256 = try WeightFiles(folder: folder).sha256()
    return ExperimentInput("weights \(name)", folder, sha256: sha256)
  }

  /// The files of a folder, hidden ones left out, or the file itself.
  private static func files(of path: String) -> [String] {
    guard FileManager.default.fileExists(atPath: "\(path)/."),
      let names = FileManager.default.subpaths(atPath: path)
    else { return [path] }
    return names.filter { name in
      !name.split(separator: "/").contains { $0.hasPrefix(".") }
        && !FileManager.default.fileExists(atPath: "\(path)/\(name)/.")
    }.sorted().map { "\(path)/\($0)" }
  }
}

extension ExperimentCell.Reader {
  /// What its answers hang on beside the model: modules, a template, demonstrations.
  ///
  /// - Throws: `CheckpointError` for modules that it cannot have.
  var files: [(role: String, path: String)] {
    get throws {
      let given = options.filter { name, value in
        name == "shots" || name == "template" && PromptTemplate.named[value] == nil
      }
      return try modulePaths.map { ("reader", $0) } + given.map { ("\($0.name) of", $0.value) }
    }
  }

  /// - Throws: `CheckpointError` also for a re-ranker: those have an axis of their own.
  var modulePaths: [String] {
    get throws {
      let paths = try ModulePaths(modules)
      let kind = try ReaderKind(model)
      try paths.check(for: kind)
      if let path = modules.first(where: { paths.named(ModulePaths.reranker) == $0 }) {
        throw CheckpointError(
          file: path, expected: "a reader's module", found: ModulePaths.reranker)
      }
      return kind == .spans ? [try paths.reader] : modules
    }
  }
}

extension ExperimentCell.Reranker {
  /// The file of the module that re-ranks, if one does.
  var modulePath: String? {
    get throws {
      if candidates == 0 || crossEncoder != nil { return nil }
      return try module ?? ModulePath.required("reranker")
    }
  }

  /// The name of the model that re-ranks without a module, if one does.
  var crossEncoder: String? { module.flatMap { $0.hasSuffix(".safetensors") ? nil : $0 } }
}

extension PassageIndex {
  /// What a folder of results holds the index to.
  var inputs: [ExperimentInput] {
    let parts = info.checksums.sorted { $0.key.rawValue < $1.key.rawValue }.map {
      ExperimentInput("index \($0.key.rawValue)", path, sha256: $0.value)
    }
    guard let encoder = info.settings.encoder else { return parts }
    return parts + [ExperimentInput("encoder", encoder.name, sha256: encoder.checksum)]
  }
}

extension String {
  /// A path as users would type it, where it leads into the current folder.
  var belowCurrentFolder: String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return hasPrefix(folder) ? String(dropFirst(folder.count)) : self
  }
}
