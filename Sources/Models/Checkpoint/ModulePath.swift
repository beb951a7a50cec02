import Foundation

/// Where the modules lie that ship with the program.
package enum ModulePath {
  /// The file of a shipped module: in `$FIRN_MODULES` if that is set; else in `modules/` of the
  /// current folder, then of any folder above the program, which a checkout's build lies in.
  /// - Returns: nil when there is none.
  package static func shipped(
    _ kind: String, environment: [String: String] = ProcessInfo.processInfo.environment,
    currentFolder: String = FileManager.default.currentDirectoryPath,
    program: String = Bundle.main.executablePath ?? ""
  ) -> String? {
    folders(environment, currentFolder, program).map { "\($0)/\(kind).safetensors" }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The same where nothing works without it.
  ///
  /// - Throws: `MissingModuleError`.
  package static func required(_ kind: String) throws -> String {
    guard let path = shipped(kind) else { throw MissingModuleError(kind: kind) }
    return path
  }

  private static func folders(
    _ environment: [String: String], _ currentFolder: String, _ program: String
  ) -> [String] {
    if let folder = environment["FIRN_MODULES"], !folder.isEmpty { return [folder] }
    var folders = [currentFolder]
    var folder = URL(filePath: program).resolvingSymlinksInPath()
    while folder.path != "/" && !folder.path.isEmpty {
      folder.deleteLastPathComponent()
      folders.append(folder.path)
    }
    return folders.map { $0 == "/" ? "/modules" : "\($0)/modules" }
  }
}

/// No module of a kind was named, and none ships.
package struct MissingModuleError: Error, Equatable, CustomStringConvertible {
  package let kind: String

  package var description: String {
    "expected modules/\(kind).safetensors, found none; name a module, or its folder in FIRN_MODULES"
  }
}
