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

  private static func roots(_ environment: [String: String], _ currentFolder: String) -> [String] {
    if let root = environment["FIRN_MODELS"], !root.isEmpty { return [root] }
    let home = environment["HOME"] ?? ""
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.cache"
    return ["\(currentFolder)/models", "\(cache)/firn/models"]
  }
}
