import Foundation
import Native
import Synchronization
import TestSupport
import Testing

@testable import Models

/// A hub on the loopback interface with one model.
private struct Hub: Sendable {
  static let commit = String(repeating: "c", count: 40)
  static let weights = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  var files: [String: [UInt8]] = [
    "config.json": Array(#"{"model_type": "bert"}"#.utf8), "tokenizer.json": Array("{}".utf8),
    "1_Pooling/config.json": Array("{}".utf8), "model.safetensors": weights,
    "pytorch_model.bin": [1], "onnx/model.onnx": [2], "README.md": [3], "vocab.txt": [],
  ]
  /// Names beside those of `files`.
  var listed: [String] = []
  /// In place of the weights' own.
  var sha256: String?
  var tellsSizes = true

  func listing() -> String {
    let siblings = (files.keys.sorted() + listed).map { name in
      guard tellsSizes, let bytes = files[name] else { return #"{"rfilename": "\#(name)"}"# }
      let isLarge = name.hasSuffix(".safetensors")
      let lfs = isLarge ? #", "lfs": {"sha256": "\#(digest(name))"}"# : ""
      return #"{"rfilename": "\#(name)", "size": \#(bytes.count)\#(lfs)}"#
    }
    return #"{"sha": "\#(Self.commit)", "siblings": [\#(siblings.joined(separator: ","))]}"#
  }

  func digest(_ name: String) -> String {
    if let sha256 { return sha256 }
    var checksum = SHA256()
    checksum.update(files[name] ?? [])
    return checksum.finished()
  }

  /// What an honest hub answers; without `ranges` it sends whole files only.
  func reply(_ request: LoopbackServer.Request, ranges: Bool = true) -> LoopbackServer.Reply {
    let parts = request.target.components(separatedBy: "/org/tiny/resolve/\(Self.commit)/")
    if request.target == "/api/models/org/tiny/revision/main?blobs=true" { return .json(listing()) }
    guard parts.count == 2, let bytes = files[parts[1]] else {
      return .json(#"{"error": "not here"}"#, status: 404)
    }
    guard ranges, let range = request.headers["range"],
      let start = Int(range.dropFirst("bytes=".count).dropLast())
    else { return .status(200, [:], bytes) }
    if start >= bytes.count { return .status(416) }
    return .status(
      206, ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
      Array(bytes[start...]))
  }
}

@Suite struct HubPullTests {
  private let folder: TemporaryFolder
  private var target: String { folder.path + "/models/org/tiny" }
  private var stage: String { folder.path + "/models/org/.tiny.partial" }

  init() throws { folder = try TemporaryFolder() }

  private func pull(
    _ server: LoopbackServer, _ id: String = "org/tiny", token: String = ""
  ) async throws -> HubPull.Report {
    let environment = ["HF_ENDPOINT": server.address, "HF_TOKEN": token]
    var repository = try HubRepository(id, environment: environment)
    repository.retries.tries = 2
    repository.retries.shortest = .milliseconds(1)
    repository.silence = .seconds(20)
    return try await HubPull(repository, to: target).run { _, _, _ in }
  }

  private func read(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(target)/\(name)").map { Array($0) }
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func theFilesThatFirnReadsAppearAtOnce() async throws {
    let hub = Hub()
    let server = try LoopbackServer { request, _ in hub.reply(request) }
    let report = try await pull(server)
    #expect(report == HubPull.Report(commit: Hub.commit, files: 5, checked: 1))
    for name in ["config.json", "1_Pooling/config.json", "model.safetensors", "vocab.txt"] {
      #expect(read(name) == hub.files[name])
    }
    for name in ["pytorch_model.bin", "README.md", "onnx"] { #expect(!exists("\(target)/\(name)")) }
    #expect(!exists(stage))
    let found = ModelFolder.list(
      environment: ["FIRN_MODELS": folder.path + "/models"], currentFolder: folder.path)
    #expect(found.map(\.name) == ["org/tiny"])
  }

  @Test func aModelThatAnotherProcessBringsIsLeftToIt() async throws {
    let hub = Hub()
    let server = try LoopbackServer { request, _ in hub.reply(request) }
    try FileManager.default.createDirectory(atPath: stage, withIntermediateDirectories: true)
    do {
      let other = try #require(try FileLock(path: stage))
      await #expect(throws: CheckpointError.self) { try await pull(server) }
      withExtendedLifetime(other) {}
    }
    #expect(try await pull(server).files == 5)
  }

  @Test(arguments: [true, false])
  func aConnectionThatBreaksOffIsGoneOnWith(ranges: Bool) async throws {
    let hub = Hub()
    let cuts = Mutex(3)
    let server = try LoopbackServer { request, _ in
      let reply = hub.reply(request, ranges: ranges)
      let isCut =
        request.target.hasSuffix("model.safetensors")
        && cuts.withLock { cuts in
          cuts -= 1
          return cuts >= 0
        }
      return isCut ? reply.cut(25_000 + 1000 * cuts.withLock { $0 }) : reply
    }
    // A hub without ranges brings more bytes each time here, too.
    _ = try await pull(server)
    #expect(read("model.safetensors") == Hub.weights)
    let ranged = server.requests.filter { $0.headers["range"] != nil }
    #expect(ranged.count == 3)
  }

  @Test func anotherAttemptGoesOnWhereTheFirstStopped() async throws {
    let hub = Hub()
    struct Stop: Error {}
    let server = try LoopbackServer { request, _ in hub.reply(request) }
    let repository = try HubRepository(
      "org/tiny", environment: ["HF_ENDPOINT": server.address])
    await #expect(throws: Stop.self) {
      try await HubPull(repository, to: target).run { name, done, _ in
        if name == "model.safetensors", done > 0 { throw Stop() }
      }
    }
    #expect(!exists(target))
    #expect(exists(stage + "/model.safetensors.partial"))
    let before = server.requests.count
    _ = try await pull(server)
    #expect(read("model.safetensors") == Hub.weights)
    // The listing and what is left of the weights.
    #expect(server.requests.count == before + 2)
    #expect(server.requests.last?.headers["range"]?.hasPrefix("bytes=") == true)
  }

  @Test func aWrongChecksumLeavesNoModelAndNoWrongBytes() async throws {
    var hub = Hub()
    hub.sha256 = String(repeating: "0", count: 64)
    let server = try LoopbackServer { [hub] request, _ in hub.reply(request) }
    let error = await #expect(throws: RemoteError.self) { try await pull(server) }
    #expect(error?.expected.hasPrefix("SHA-256 0000") == true)
    #expect(!exists(target))
    #expect(!exists(stage + "/model.safetensors.partial"))
  }

  @Test func aChecksumInTheHeaderOfARedirectionCounts() async throws {
    var hub = Hub()
    hub.tellsSizes = false
    let wrong = String(repeating: "0", count: 64)
    let server = try LoopbackServer { [hub] request, _ in
      guard request.target.hasSuffix("model.safetensors") else { return hub.reply(request) }
      if request.target.hasPrefix("/cdn") { return .status(200, [:], Hub.weights) }
      return .status(302, ["Location": "/cdn/model.safetensors", "X-Linked-Etag": "\"\(wrong)\""])
    }
    let error = await #expect(throws: RemoteError.self) { try await pull(server) }
    #expect(error?.expected == "SHA-256 \(wrong)")
  }

  @Test func theTokenGoesToTheHubAndNowhereElse() async throws {
    let hub = Hub()
    let cdn = try LoopbackServer { _, _ in .status(200, [:], Hub.weights) }
    let server = try LoopbackServer { [address = cdn.address] request, _ in
      guard request.target.hasSuffix("model.safetensors") else { return hub.reply(request) }
      return .status(302, ["Location": address + "/signed?x=1"])
    }
    _ = try await pull(server, token: "hf_secret")
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
    #expect(cdn.requests.map { $0.headers["authorization"] } == [nil])
    #expect(read("model.safetensors") == Hub.weights)
  }

  @Test(arguments: [
    "../evil", "/etc/evil", "a/../../evil", "a\\\\b", "", "a//b", "./config.json", "a\\nb",
  ])
  func namesThatLeadElsewhereAreRefused(name: String) async throws {
    var hub = Hub()
    hub.listed = [name]
    let server = try LoopbackServer { [hub] request, _ in hub.reply(request) }
    let error = await #expect(throws: RemoteError.self) { try await pull(server) }
    #expect(error?.expected == "names of files inside the model")
    #expect(!exists(folder.path + "/models"))
  }

  @Test func shardsComeFromTheIndexAndMayNotLeadElsewhere() async throws {
    var hub = Hub()
    hub.files["model.safetensors"] = nil
    hub.files["model-1.safetensors"] = [7]
    hub.files["model.safetensors.index.json"] = Array(
      #"{"weight_map": {"a": "model-1.safetensors"}}"#.utf8)
    let server = try LoopbackServer { [hub] request, _ in hub.reply(request) }
    _ = try await pull(server)
    #expect(read("model-1.safetensors") == [7])
    try FileManager.default.removeItem(atPath: target)
    hub.files["model.safetensors.index.json"] = Array(
      #"{"weight_map": {"a": "../../x.safetensors"}}"#.utf8)
    let evil = try LoopbackServer { [hub] request, _ in hub.reply(request) }
    await #expect(throws: CheckpointError.self) { try await pull(evil) }
    #expect(!exists(target))
  }

  @Test func whatTheHubDoesNotHaveIsMissing() async throws {
    let hub = Hub()
    let server = try LoopbackServer { request, _ in hub.reply(request) }
    let error = await #expect(throws: RemoteError.self) { try await pull(server, "org/other") }
    #expect(error?.kind == .missing)
    #expect(error?.status == 404)
    var bare = Hub()
    bare.files = ["config.json": [], "model.gguf": [1]]
    let other = try LoopbackServer { [bare] request, _ in bare.reply(request) }
    let second = await #expect(throws: RemoteError.self) { try await pull(other) }
    #expect(second?.kind == .missing)
  }

  @Test(arguments: ["{", "[]", #"{"sha": 3, "siblings": []}"#, #"{"sha": "../x", "siblings": []}"#])
  func aListingThatIsNoneIsRefused(text: String) async throws {
    let server = try LoopbackServer { _, _ in .json(text) }
    let error = await #expect(throws: RemoteError.self) { try await pull(server) }
    #expect(error?.kind == .unavailable)
  }

  @Test func redirectionsEndAndKeepToTheWeb() async throws {
    let circle = try LoopbackServer { _, _ in .status(302, ["Location": "/again"]) }
    await #expect(throws: RemoteError.self) { try await pull(circle) }
    #expect(circle.requests.count == 10)
    let file = try LoopbackServer { _, _ in .status(302, ["Location": "file:///etc/passwd"]) }
    await #expect(throws: RemoteError.self) { try await pull(file) }
  }

  @Test(arguments: ["", "a/b/c", "../x", "a/..", "/a", "a b", "-x", ".hidden", "a/b..c"])
  func idsThatNoHubHasAreRefused(id: String) {
    #expect(throws: RemoteError.self) { try HubRepository(id, environment: [:]) }
  }
}
