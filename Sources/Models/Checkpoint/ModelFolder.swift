import Foundation

/// A model that is in none of the places where it may be.
package struct MissingModelError: Error, Equatable, Sendable, CustomStringConvertible {
  package let name: String
  /// The folders that were tried.
  package let searched: [String]

  package var description: String {
    "expected a folder with config.json for model \(name), found none at "
      + searched.joined(separator: ", ")
  }
}

/// Where models lie.
package enum ModelFolder {
  /// The folder of a model named by path, by alias (`minilm`) or by hub id (`org/name`).
  ///
  /// A name that is not a path is looked up in `$FIRN_MODELS` if that is set; else in `models/` in
  /// the current folder, then in the user's cache (`$XDG_CACHE_HOME/firn/models`).
  /// - Throws: `MissingModelError` with the places that were tried.
  package static func resolve(
    _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath
  ) throws(MissingModelError) -> String {
    var candidates = [name.hasPrefix("/") ? name : "\(currentFolder)/\(name)"]
    if !name.hasPrefix("/"), !name.split(separator: "/").contains("..") {
      candidates += roots(environment, currentFolder).map { "\($0)/\(name)" }
    }
    for folder in candidates
    where FileManager.default.fileExists(atPath: folder + "/config.json") {
      return folder
    }
    throw MissingModelError(name: name, searched: candidates)
  }

  /// The models that names find, in the order of their names: folders with a `config.json`, directly
  /// in one of the places or one below (`org/name`).
  package static func list(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath
  ) -> [(name: String, folder: String)] {
    let files = FileManager.default
    func names(in folder: String) -> [String] {
      ((try? files.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }
    }
    func isModel(_ folder: String) -> Bool { files.fileExists(atPath: folder + "/config.json") }
    var found: [String: String] = [:]
    // The first place wins, as when a name is resolved.
    for root in roots(environment, currentFolder).reversed() {
      for name in names(in: root) {
        let below = isModel("\(root)/\(name)") ? [] : names(in: "\(root)/\(name)")
        for name in [name] + below.map({ "\(name)/\($0)" }) where isModel("\(root)/\(name)") {
          found[name] = "\(root)/\(name)"
        }
      }
    }
    return found.sorted { $0.key < $1.key }.map { (name: $0.key, folder: $0.value) }
  }

  /// Where a model of this name is to be put: below `$FIRN_MODELS` if that is set; else in `models/`
  /// in the current folder if that exists, else in the user's cache.
  package static func destination(
    _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath
  ) -> String {
    let roots = roots(environment, currentFolder)
    let root = roots.dropLast().first { FileManager.default.fileExists(atPath: $0) }
    return "\(root ?? roots[roots.count - 1])/\(name)"
  }

  private static func roots(_ environment: [String: String], _ currentFolder: String) -> [String] {
    if let root = environment["FIRN_MODELS"], !root.isEmpty { return [root] }
    let home = environment["HOME"] ?? ""
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.cache"
    return ["\(currentFolder)/models", "\(cache)/firn/models"]
  }
}
