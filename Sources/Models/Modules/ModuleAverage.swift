extension ModuleFile {
  /// The mean of modules that come from one training run's branches: their errors differ, what they
  /// learned does not, so that the mean is often better than each of them and costs nothing more.
  ///
  /// - Requires: one module at least.
  /// - Throws: `CheckpointError` when the modules differ in kind, base model, rank or tensors.
  /// - Source: Wortsman et al. 2022, arXiv:2203.05482 (a uniform model soup).
  package static func average(_ modules: [(path: String, module: ModuleFile)]) throws -> ModuleFile
  {
    precondition(!modules.isEmpty, "expected modules, found none")
    var mean = modules[0].module
    for (path, module) in modules.dropFirst() { try mean.requireLikeness(to: module, path: path) }
    let share = 1 / Float(modules.count)
    for index in mean.tensors.indices {
      let (name, shape) = (mean.tensors[index].name, mean.tensors[index].shape)
      var values = [Float](repeating: 0, count: mean.tensors[index].values.count)
      for (_, module) in modules {
        let tensor = try module.tensor(name, shape: shape)
        for i in values.indices { values[i] += share * tensor[i] }
      }
      mean.tensors[index] = NamedTensor(name: name, shape: shape, values: values)
    }
    mean.steps = modules.reduce(0) { max($0, $1.module.steps) }
    mean.trainingData = modules.map { "\($0.module.trainingData)" }.joined(separator: " + ")
    return mean
  }

  private func requireLikeness(to other: ModuleFile, path: String) throws(CheckpointError) {
    func names(_ module: ModuleFile) -> [String] { module.tensors.map(\.name).sorted() }
    let facts = [
      ("kind", kind, other.kind), ("base model", baseSHA256, other.baseSHA256),
      ("rank", "\(rank ?? 0)", "\(other.rank ?? 0)"),
      ("tensors", names(self).joined(separator: " "), names(other).joined(separator: " ")),
    ]
    for (name, expected, found) in facts where expected != found {
      throw CheckpointError(
        file: path, expected: "\(name) \(expected), as the first module", found: found,
        hint: "only modules of one shape can be averaged")
    }
  }
}
