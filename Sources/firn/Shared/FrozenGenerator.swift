import ArgumentParser
import Models

/// A frozen generative model that modules are learned for, and the checksum that they name.
struct FrozenGenerator {
  let name: String
  let folder: String
  let model: GenerativeModel
  let network: any TunableNetwork
  let sha256: String

  /// - Throws: `ValidationError` when no module can be learned for the model.
  init(_ name: String, _ model: GenerativeModel) throws {
    guard let network = model.network as? any TunableNetwork else {
      throw ValidationError(
        "--reader: expected a model that modules can be learned for, found \(name)")
    }
    self.name = name
    folder = try ModelFolder.resolve(name)
    self.model = model
    self.network = network
    sha256 = try WeightFiles(folder: folder).sha256()
  }

  /// Its learned numbers, which stay as they are.
  var parameters: Int {
    get throws {
      try ModelSummary(
        ModelConfiguration(path: folder + "/config.json"), WeightFiles(folder: folder)
      ).parameters
    }
  }
}
