import Models
import Tensors

/// Everything that changes while training, and all that resuming needs.
package struct TrainingState: Sendable {
  package var parameters: [Float]
  package var optimizer: any Optimizer
  /// The best measurement so far; nil before the first.
  package var best: Best?

  package struct Best: Equatable, Sendable {
    /// The dev loss, and the score where one was measured.
    package let loss: Double
    package var score: Double?
    package let step: Int
  }

  /// - Parameter optimizer: one that took no step; AdamW unless it is given.
  package init(parameters: [Float], optimizer: (any Optimizer)? = nil) {
    self.parameters = parameters
    self.optimizer = optimizer ?? AdamW(count: parameters.count)
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
    groups: [(range: Range<Int>, factor: Float)]? = nil, examples: @autoclosure () -> [String] = []
  ) throws -> Float {
    let number = optimizer.step + 1
    let isFinite = loss.isFinite
    let norm =
      isFinite
      ? optimizer.update(
        &parameters, gradient: gradient, rate: rate, clip: clip,
        groups: groups ?? [(0..<parameters.count, 1)]) : .nan
    guard isFinite, norm.isFinite else {
      throw DivergenceError(step: number, loss: loss, examples: examples())
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
      tensors: [tensor("parameters", parameters)]
        + optimizer.memory.sorted { $0.key < $1.key }.map(tensor), metadata: metadata(settings))
  }

  private func metadata(_ settings: String) -> [String: String] {
    var metadata = ["step": String(optimizer.step), "settings": settings]
    metadata["best_loss"] = best.map { "\($0.loss)" }
    metadata["best_score"] = best?.score.map { "\($0)" }
    metadata["best_step"] = best.map { "\($0.step)" }
    return metadata
  }

  /// - Parameter optimizer: as at the beginning.
  /// - Throws: `CheckpointError` when the file is damaged or of a run with other settings.
  package init(path: String, settings: String, optimizer: (any Optimizer)? = nil) throws {
    let file = try SafetensorsFile(path: path)
    guard file.metadata["settings"] == settings,
      let step = file.metadata["step"].flatMap({ Int($0) })
    else {
      throw CheckpointError(
        file: path, expected: settings, found: file.metadata["settings"] ?? "another file",
        hint: "remove it to start over, or repeat the command that began it")
    }
    self.init(parameters: try file.floats("parameters"), optimizer: optimizer)
    self.optimizer.memory = try Dictionary(
      uniqueKeysWithValues: self.optimizer.memory.keys.map { ($0, try file.floats($0)) })
    self.optimizer.step = step
    if let loss = file.metadata["best_loss"].flatMap(Double.init),
      let step = file.metadata["best_step"].flatMap({ Int($0) })
    {
      let score = file.metadata["best_score"].flatMap(Double.init)
      best = Best(loss: loss, score: score, step: step)
    }
  }
}

/// Training that left the finite numbers.
package struct DivergenceError: Error, CustomStringConvertible {
  package let step: Int
  package let loss: Float
  /// What the step learned from, where that is known.
  package var examples: [String] = []

  package var description: String {
    let names = examples.joined(separator: ", ")
    let records = examples.isEmpty ? "" : " of the batch \(names)"
    return "step \(step): expected a finite loss and gradient\(records), found loss \(loss); "
      + "a lower learning rate may help"
  }
}
