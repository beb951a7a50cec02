import Foundation
import Native

/// The tensors of a model folder: in one file, or in shards with an index; as safetensors or as
/// PyTorch saves them.
package struct WeightFiles: Sendable {
  package let folder: String
  /// In the order of their names.
  private let files: [any TensorFile]
  /// Which of `files` holds each tensor.
  private let owners: [String: Int]

  /// Single files in order of preference; each may lie in shards, listed in `FILE.index.json`.
  private static let names = ["model.safetensors", "pytorch_model.bin"]

  /// Opens what a folder has; no weight is read before it is asked for.
  /// - Throws: `CheckpointError` when a part is missing or broken, or when an index and its shards
  ///   disagree; `FileError` when a file cannot be opened.
  package init(folder: String) throws {
    self.folder = folder
    for path in Self.names.map({ "\(folder)/\($0)" }) {
      if FileManager.default.fileExists(atPath: path) {
        let file = try Self.open(path)
        files = [file]
        owners = file.tensors.mapValues { _ in 0 }
        return
      }
      if FileManager.default.fileExists(atPath: path + ".index.json") {
        (files, owners) = try Self.shards(path + ".index.json", in: folder)
        return
      }
    }
    throw CheckpointError(
      file: folder, expected: "\(Self.names.joined(separator: " or ")), or an index of shards",
      found: "none of them", kind: .missing)
  }

  /// The files, in the order of their names.
  package var paths: [String] { files.map(\.path) }

  /// All stored tensors, in alphabetical order, under their stored names.
  package var names: [String] { owners.keys.sorted() }

  package func contains(_ name: String) -> Bool { owners[name] != nil }

  package func shape(of name: String) -> [Int]? { stored(name)?.tensor.shape }

  /// The stored format of a tensor by safetensors' name: "F32", "F16", "BF16" and so on.
  package func format(of name: String) -> String? { stored(name)?.tensor.format }

  /// A copy of a tensor's numbers, row-major.
  /// - Throws: `CheckpointError` when it is missing, has another shape or is not finite.
  package func tensor(_ name: String, shape: [Int]) throws -> [Float] {
    let file = try file(of: name, shape: shape)
    let numbers = try file.floats(name)
    try Self.requireFinite(numbers.span, file, name)
    return numbers
  }

  /// A tensor that stays in its file where the stored form allows it.
  /// - Throws: as `tensor(_:shape:)`.
  package func table(_ name: String, shape: [Int]) throws -> FloatTable {
    let file = try file(of: name, shape: shape)
    let table = try file.table(name)
    try Self.requireFinite(table.span, file, name)
    return table
  }

  /// A tensor as it is stored, to be converted piece by piece.
  /// - Throws: as `tensor(_:shape:)`.
  package func storedTable(_ name: String, shape: [Int]) throws -> StoredTable {
    let file = try file(of: name, shape: shape)
    let table = try file.stored(name)
    if let found = table.firstNotFinite {
      throw Self.notFinite(file, name, found.value, at: found.index)
    }
    return table
  }

  /// Lets go of the files' pages, which come back when they are touched.
  package func releasePages() {
    for file in files { file.file.releasePages(0..<file.file.count) }
  }

  private func stored(_ name: String) -> (file: any TensorFile, tensor: StoredTensor)? {
    guard let owner = owners[name], let tensor = files[owner].tensors[name] else { return nil }
    return (files[owner], tensor)
  }

  private func file(of name: String, shape: [Int]) throws(CheckpointError) -> any TensorFile {
    guard let (file, tensor) = stored(name) else {
      throw CheckpointError(
        file: folder, tensor: name, expected: "that tensor \(shape)",
        found: "\(owners.count) others", hint: "another architecture?")
    }
    guard tensor.shape == shape else {
      throw CheckpointError(
        file: file.path, tensor: name, expected: "shape \(shape)", found: "\(tensor.shape)")
    }
    return file
  }

  /// The sum of squares is finite only when every number is; only if not, each is looked at.
  private static func requireFinite(
    _ numbers: Span<Float>, _ file: any TensorFile, _ name: String
  ) throws(CheckpointError) {
    if Kernels.dot(numbers, numbers).isFinite { return }
    for index in numbers.indices where !numbers[index].isFinite {
      throw notFinite(file, name, numbers[index], at: index)
    }
  }

  private static func notFinite(
    _ file: any TensorFile, _ name: String, _ value: Float, at index: Int
  ) -> CheckpointError {
    CheckpointError(
      file: file.path, tensor: name, expected: "finite numbers",
      found: "\(value) at index \(index)", hint: "a damaged or diverged model")
  }

  // MARK: Opening

  private static func open(_ path: String) throws -> any TensorFile {
    path.hasSuffix(".safetensors") ? try SafetensorsFile(path: path) : try PyTorchFile(path: path)
  }

  private static func shards(
    _ index: String, in folder: String
  ) throws -> (files: [any TensorFile], owners: [String: Int]) {
    let map = try JSON(file: index)["weight_map"]?.members ?? []
    let names = Set(map.compactMap(\.value.string)).sorted()
    // A shard's name comes from a file that was fetched; it must not lead out of the folder.
    guard !names.isEmpty, names.allSatisfy({ !$0.contains("/") }) else {
      throw CheckpointError(
        file: index, expected: "a weight_map of file names", found: "\(names)")
    }
    let files = try names.map { name in
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw CheckpointError(
          file: path, expected: "a shard, one of the \(names.count) in \(index)",
          found: "no such file", hint: "fetch it", kind: .missing)
      }
      return try open(path)
    }
    var owners: [String: Int] = [:]
    for (index, file) in files.enumerated() {
      for name in file.tensors.keys { owners[name] = index }
    }
    for member in map {
      guard let owner = names.firstIndex(where: { $0 == member.value.string }),
        files[owner].contains(member.key)
      else {
        throw CheckpointError(
          file: index, tensor: member.key, expected: "it in \(member.value.summary)",
          found: "no such tensor there")
      }
      owners[member.key] = owner
    }
    return (files, owners)
  }
}
