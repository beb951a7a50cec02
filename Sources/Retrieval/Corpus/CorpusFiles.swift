import Foundation

/// A file of a corpus and its name inside the folder that the user gave.
struct CorpusFile: Equatable {
  let path: String
  let relativePath: String

  init(path: String, relativePath: String) {
    self.path = path
    self.relativePath = relativePath
  }

  /// A file named by itself; `-` is standard input.
  init(path: String) {
    self.init(
      path: path,
      relativePath: path == "-" ? "stdin" : URL(fileURLWithPath: path).lastPathComponent)
  }

  /// The name without folders and extensions.
  var stem: String {
    let name = withoutGzip.split(separator: "/").last ?? ""
    return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
  }

  /// In lower case, not counting `.gz`.
  var ending: String {
    let name = withoutGzip.split(separator: "/").last ?? ""
    return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
  }

  private var withoutGzip: Substring {
    relativePath.hasSuffix(".gz") ? relativePath.dropLast(3) : relativePath[...]
  }
}

extension CorpusFile {
  /// The files that `path` means, in an order that does not depend on the machine.
  /// - Throws: `InputError` if nothing is there.
  static func find(_ path: String, format: CorpusFormat) throws -> [CorpusFile] {
    if path == "-" { return [CorpusFile(path: path)] }
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(kind: .missing, file: path, expected: "a file or folder", found: "none")
    }
    guard isFolder(path) else { return [CorpusFile(path: path)] }
    if format == .beir || format == .auto {
      if let file = beirFile(in: path) { return [file] }
      if format == .beir {
        throw InputError(
          kind: .missing, file: path, expected: "corpus.jsonl in the folder", found: "none")
      }
    }
    return try list(path, format: format)
  }

  /// Only a folder has a `.` in it; Foundation's own flag for this is a raw pointer.
  private static func isFolder(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/.")
  }

  private static func beirFile(in folder: String) -> CorpusFile? {
    ["corpus.jsonl", "corpus.jsonl.gz"].map { CorpusFile(path: "\(folder)/\($0)") }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// Hidden files are left out. Where there are records, text beside them is taken for notes.
  private static func list(_ folder: String, format: CorpusFormat) throws -> [CorpusFile] {
    guard let names = FileManager.default.enumerator(atPath: folder) else {
      throw InputError(
        kind: .unreadable, file: folder, expected: "a readable folder", found: "none")
    }
    var files: [CorpusFile] = []
    for case let name as String in names {
      if name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) { continue }
      let file = CorpusFile(path: "\(folder)/\(name)", relativePath: name)
      if format.extensions.contains(file.ending), !isFolder(file.path) { files.append(file) }
    }
    if format == .auto {
      let records = files.filter { CorpusFormat.recordExtensions.contains($0.ending) }
      if !records.isEmpty { files = records }
    }
    return files.sorted { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
  }
}
