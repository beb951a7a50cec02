import Foundation
import Native

/// Brings a model from a hub into a folder that appears when all of it is there.
///
/// Until then the files lie beside it in `.NAME.partial`, and another attempt goes on with them as
/// long as the hub still has the same commit.
package struct HubPull: Sendable {
  package let repository: HubRepository
  /// Where the model will be.
  package let folder: String

  package init(_ repository: HubRepository, to folder: String) {
    self.repository = repository
    self.folder = folder
  }

  package struct Report: Sendable, Equatable {
    package let commit: String
    package var files = 0
    /// Files whose SHA-256 the hub gave; others are small, and hubs give none for those.
    package var checked = 0
  }

  package typealias Progress =
    @Sendable (_ file: String, _ done: Int, _ all: Int?) throws -> Void

  private var stage: String {
    let url = URL(filePath: folder)
    return url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).partial"
  }

  /// - Throws: `RemoteError`, `FileError` and other errors of files, `CheckpointError` for a broken
  ///   index of weights, `CancellationError`, and what `progress` throws.
  package func run(_ progress: @escaping Progress) async throws -> Report {
    let listing = try await repository.listing()
    guard let weights = listing.weights, listing.files.contains(where: { $0.name == "config.json" })
    else { throw notReadable(listing) }
    let lock = try lockStage()
    defer { withExtendedLifetime(lock) {} }
    try prepareStage(listing.commit)
    var report = Report(commit: listing.commit)
    for file in listing.descriptions + [weights] {
      try await bring(file, listing.commit, &report, progress)
    }
    if weights.name.hasSuffix(".index.json") {
      for file in try shards(weights.name, listing) {
        try await bring(file, listing.commit, &report, progress)
      }
    }
    try renameFile(stage, to: folder)
    return report
  }

  private func bring(
    _ file: HubListing.File, _ commit: String, _ report: inout Report,
    _ progress: @escaping Progress
  ) async throws {
    let path = "\(stage)/\(file.name)"
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    let download = HubDownload(repository: repository, commit: commit, file: file, path: path) {
      try progress(file.name, $0, $1)
    }
    if try await download.run() { report.checked += 1 }
    report.files += 1
  }

  /// The files that an index names, in their order.
  private func shards(_ index: String, _ listing: HubListing) throws -> [HubListing.File] {
    let map = try JSON(file: "\(stage)/\(index)")["weight_map"]?.members ?? []
    let names = Set(map.compactMap(\.value.string)).sorted()
    let files = names.compactMap { name in listing.files.first { $0.name == name } }
    guard !names.isEmpty, files.count == names.count else {
      throw CheckpointError(
        file: "\(repository.id)/\(index)", expected: "a weight_map of files that the hub has",
        found: "\(files.count) of \(names.count)")
    }
    return files
  }

  /// Keeps other attempts away from the stage until the model is whole.
  private func lockStage() throws -> FileLock {
    try FileManager.default.createDirectory(atPath: stage, withIntermediateDirectories: true)
    if let lock = try FileLock(path: stage) { return lock }
    throw CheckpointError(
      file: stage, expected: "no other process that brings \(repository.id)", found: "one",
      hint: "wait until it is done")
  }

  /// A stage for another commit holds other files.
  private func prepareStage(_ commit: String) throws {
    let mark = "\(stage)/.commit"
    let line = "\(repository.id) \(commit)\n"
    if (try? String(contentsOfFile: mark, encoding: .utf8)) == line { return }
    for name in try FileManager.default.contentsOfDirectory(atPath: stage) {
      try FileManager.default.removeItem(atPath: "\(stage)/\(name)")
    }
    try replaceFile(at: mark) { try $0.write(Array(line.utf8)) }
  }

  private func notReadable(_ listing: HubListing) -> RemoteError {
    var error = RemoteError(
      "\(repository.address.url.absoluteString)/\(repository.id)",
      expected: "config.json, and model.safetensors or pytorch_model.bin or an index of shards",
      found: "\(listing.files.count) other files")
    error.kind = .missing
    return error
  }
}
