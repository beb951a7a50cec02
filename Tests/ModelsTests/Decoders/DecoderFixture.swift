import Foundation

@testable import Models

/// A tiny network of `Fixtures/Decoders` in a folder of its own, in which tests may change things.
struct DecoderFixture {
  let folder: TemporaryFolder

  /// - Parameter name: a network, or `NETWORK+VARIANT`, which has the network's weights unless it
  ///   brings its own.
  init(_ name: String) throws {
    folder = try TemporaryFolder()
    let network = name.split(separator: "+")[0]
    try copy("\(name)/config.json")
    let own = FileManager.default.fileExists(
      atPath: Fixtures.path("Decoders/\(name)/model.safetensors"))
    try copy("\(own ? name : String(network))/model.safetensors")
  }

  var path: String { folder.path }

  private func copy(_ file: String) throws {
    let name = URL(filePath: file).lastPathComponent
    try FileManager.default.copyItem(
      atPath: Fixtures.path("Decoders/\(file)"), toPath: "\(folder.path)/\(name)")
  }

  /// Replaces a piece of `config.json`.
  func configure(_ old: String, _ new: String) throws {
    let file = folder.path + "/config.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    precondition(text.contains(old), "expected \(old) in \(text)")
    _ = try folder.write("config.json", text.replacing(old, with: new))
  }

  /// Writes the weights anew, each changed, renamed or left out by `change`.
  func rewrite(
    adding added: [NamedTensor] = [], _ change: (NamedTensor) -> NamedTensor? = { $0 }
  ) throws {
    let path = folder.path + "/model.safetensors"
    let file = try SafetensorsFile(path: path)
    let tensors = try file.names.map {
      NamedTensor(name: $0, shape: file.shape(of: $0) ?? [], values: try file.floats($0))
    }
    try SafetensorsFile.write(path: path, tensors: tensors.compactMap(change) + added)
  }

  /// What the reference computed.
  struct Record: Decodable {
    let ids: [Int32]
    /// After the last token; of the first record after each.
    let logits: [[Float]]
    let tokens: [Int32]
    /// What a search with 3 beams finds.
    let beams: [Int32]
  }

  static func records(_ name: String) throws -> [Record] {
    try records(folder: Fixtures.path("Decoders/\(name)"))
  }

  static func records(folder: String) throws -> [Record] {
    let data = try Data(contentsOf: URL(filePath: folder + "/expected.json"))
    return try JSONDecoder().decode([Record].self, from: data)
  }

  /// Networks as wide as real ones where FIRN_TEST_DECODERS names the folder that they are in.
  static let wide: [String] = {
    guard let folder = ProcessInfo.processInfo.environment["FIRN_TEST_DECODERS"] else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map { "\(folder)/\($0)" }
  }()
}
