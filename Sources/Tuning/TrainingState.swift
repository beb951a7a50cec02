import Models
import Tensors

/// Everything that changes while training, and all that resuming needs.
package struct TrainingState: Sendable {
  package var parameters: [Float]
  package var optimizer: AdamW
  /// The lowest dev loss so far, and the step that reached it; nil before the first measurement.
  package var best: (loss: Double, step: Int)?

  package init(parameters: [Float]) {
    self.parameters = parameters
    optimizer = AdamW(count: parameters.count)
  }

  /// Takes one step of the optimizer.
  ///
  /// - Parameters:
  ///   - groups: stretches of parameters with factors of the rate; nil is all of them alike.
  ///   - examples: what the step learned from, for the error's sake.
  /// - Returns: the gradient's norm before clipping.
  /// - Throws: `DivergenceError` when the loss or its gradient is not finite; nothing was changed.
  mutating func update(
    loss: Float, gradient: [Float], rate: Float, clip: Float,
    groups: [(range: Range<Int>, factor: Float)]? = nil, examples: [Int] = []
  ) throws -> Float {
    let number = optimizer.step + 1
    let isFinite = loss.isFinite
    let norm =
      isFinite
      ? optimizer.update(
        &parameters, gradient: gradient, rate: rate, clip: clip,
        groups: groups ?? [(0..<parameters.count, 1)]) : .nan
    guard isFinite, norm.isFinite else {
      throw DivergenceError(step: number, loss: loss, examples: examples)
    }
    return norm
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
      ], metadata: metadata(settings))
  }

  private func metadata(_ settings: String) -> [String: String] {
    var metadata = ["step": String(optimizer.step), "settings": settings]
    metadata["best_loss"] = best.map { "\($0.loss)" }
    metadata["best_step"] = best.map { "\($0.step)" }
    return metadata
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
    if let loss = file.metadata["best_loss"].flatMap(Double.init),
      let step = file.metadata["best_step"].flatMap({ Int($0) })
    {
      best = (loss, step)
    }
  }
}

/// Training that left the finite numbers.
package struct DivergenceError: Error, CustomStringConvertible {
  package let step: Int
  package let loss: Float
  /// Which examples the step learned from, where that is known.
  package var examples: [Int] = []

  package var description: String {
    let records = examples.isEmpty ? "" : " of examples \(examples)"
    return "step \(step): expected a finite loss and gradient\(records), found loss \(loss); "
      + "a lower learning rate may help"
  }
}
