import Models
import Tensors

/// Everything that changes while training, and all that resuming needs.
package struct TrainingState: Sendable {
  package var parameters: [Float]
  package var optimizer: AdamW

  package init(parameters: [Float]) {
    self.parameters = parameters
    optimizer = AdamW(count: parameters.count)
  }

  /// - Parameter settings: whatever must be the same for a resumed run to be the same run.
  package func save(path: String, settings: String) throws {
    func tensor(_ name: String, _ values: [Float]) -> NamedTensor {
      NamedTensor(name: name, shape: [values.count], values: values)
    }
    try SafetensorsFile.write(
      path: path,
      tensors: [
        tensor("parameters", parameters), tensor("first", optimizer.first),
        tensor("second", optimizer.second),
      ], metadata: ["step": String(optimizer.step), "settings": settings])
  }

  /// - Throws: `CheckpointError` when the file is damaged or of a run with other settings.
  package init(path: String, settings: String) throws {
    let file = try SafetensorsFile(path: path)
    guard file.metadata["settings"] == settings,
      let step = file.metadata["step"].flatMap({ Int($0) })
    else {
      throw CheckpointError(
        file: path, expected: settings, found: file.metadata["settings"] ?? "another file",
        hint: "remove it to start over, or repeat the command that began it")
    }
    self.init(parameters: try file.floats("parameters"))
    optimizer.first = try file.floats("first")
    optimizer.second = try file.floats("second")
    optimizer.step = step
  }
}
