import Foundation
import Native

/// A model folder's configuration and weights: one safetensors file, or shards with an index.
package struct Checkpoint: Sendable {
  package let folder: String
  package let configuration: BERTConfiguration
  /// The files that hold the weights, in the order of their names.
  package let weightFiles: [String]
  private let files: [SafetensorsFile]
  /// Which of `files` holds each tensor.
  private let owners: [String: Int]

  /// Opens a folder; no weight is read before it is asked for.
  /// - Throws: `CheckpointError` when a part is missing or broken, `FileError` when it cannot be
  ///   opened.
  package init(folder: String) throws {
    self.folder = folder
    configuration = try BERTConfiguration(path: folder + "/config.json")
    weightFiles = try Self.weightFiles(in: folder)
    files = try weightFiles.map { try SafetensorsFile(path: $0) }
    var owners: [String: Int] = [:]
    for (index, file) in files.enumerated() {
      for name in file.names { owners[name] = index }
    }
    self.owners = owners
  }

  /// All stored tensors, in alphabetical order, under their stored names.
  package var names: [String] { owners.keys.sorted() }

  package func contains(_ name: String) -> Bool { storedName(name) != nil }

  package func shape(of name: String) -> [Int]? {
    storedName(name).flatMap { files[$0.owner].shape(of: $0.name) }
  }

  /// A copy of a tensor's numbers, row-major.
  ///
  /// `name` is the encoder's own, such as `encoder.layer.0.output.LayerNorm.weight`; the prefix
  /// that a classifier or a dual encoder puts before it and old names of LayerNorm are tried too.
  /// - Throws: `CheckpointError` when it is missing or has another shape.
  package func tensor(_ name: String, shape: [Int]) throws -> [Float] {
    let (file, stored) = try find(name, shape: shape)
    return try file.floats(stored)
  }

  /// A tensor that stays in its file where the stored form allows it.
  /// - Throws: as `tensor(_:shape:)`.
  package func table(_ name: String, shape: [Int]) throws -> FloatTable {
    let (file, stored) = try find(name, shape: shape)
    return try file.table(stored)
  }

  private func find(_ name: String, shape: [Int]) throws -> (file: SafetensorsFile, name: String) {
    guard let stored = storedName(name) else {
      throw CheckpointError(
        file: folder, tensor: name, expected: "that tensor \(shape)",
        found: "\(owners.count) others", hint: "another architecture?")
    }
    let file = files[stored.owner]
    guard file.shape(of: stored.name) == shape else {
      throw CheckpointError(
        file: file.path, tensor: stored.name, expected: "shape \(shape)",
        found: "\(file.shape(of: stored.name) ?? [])")
    }
    return (file, stored.name)
  }

  private func storedName(_ name: String) -> (name: String, owner: Int)? {
    for name in [name, Self.oldName(name)] {
      for prefix in Self.prefixes {
        if let owner = owners[prefix + name] { return (prefix + name, owner) }
      }
    }
    return nil
  }

  /// Prefixes of the encoder's tensors: none, classifiers, DPR's two encoders.
  private static let prefixes = [
    "", "bert.", "question_encoder.bert_model.", "ctx_encoder.bert_model.",
  ]

  /// TensorFlow's names for LayerNorm's parameters, found in files converted early on.
  private static func oldName(_ name: String) -> String {
    name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
      .replacing("LayerNorm.bias", with: "LayerNorm.beta")
  }

  private static func weightFiles(in folder: String) throws -> [String] {
    let single = folder + "/model.safetensors"
    if FileManager.default.fileExists(atPath: single) { return [single] }
    let index = single + ".index.json"
    guard FileManager.default.fileExists(atPath: index) else {
      throw CheckpointError(
        file: folder, expected: "model.safetensors or model.safetensors.index.json",
        found: "neither")
    }
    let map = try JSON(file: index)["weight_map"]?.members ?? []
    let names = Set(map.compactMap(\.value.string))
    // A shard's name comes from a file that was fetched; it must not lead out of the folder.
    guard !names.isEmpty, names.allSatisfy({ !$0.contains("/") }) else {
      throw CheckpointError(
        file: index, expected: "a weight_map of file names", found: "\(names.sorted())")
    }
    return names.sorted().map { "\(folder)/\($0)" }
  }
}
