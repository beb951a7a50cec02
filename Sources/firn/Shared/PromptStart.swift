import ArgumentParser
import Foundation
import Models
import Tensors

/// Where learning a module begins.
struct PromptStart: ParsableArguments {
  @Option(help: "Where learning vectors begins: frequent tokens, or random numbers.")
  var start = Kind.vocabulary
  @Option(help: ArgumentHelp("Begin with the tokens of a text instead.", valueName: "text"))
  var startText: String?
  @Option(
    help: ArgumentHelp(
      "Begin with a module of the same kind, or with a folder that PEFT saved.",
      valueName: "path"))
  var initial: String?

  enum Kind: String, CaseIterable, ExpressibleByArgument { case vocabulary, random }

  /// What a resumed run must begin with too.
  var text: String { initial ?? startText ?? start.rawValue }

  /// The parameters to begin with.
  ///
  /// - Throws: `CheckpointError` when the module to begin with has another shape or is another
  ///   model's.
  func parameters(
    _ module: any LearnedModule, _ base: FrozenGenerator, seed: UInt64
  ) throws -> [Float] {
    if let initial { return try parameters(of: initial, module, base) }
    let network = base.network
    switch module {
    case let prompt as SoftPrompt:
      return prompt.initialParameters(try start(base), network.tokens, seed: seed)
    case let prefix as PrefixTuning:
      return prefix.initialParameters(try start(base), network, seed: seed)
    case let adaptation as LowRankAdaptation:
      guard startText == nil else {
        throw ValidationError("--start-text: expected vectors to learn, found --kind lora")
      }
      return adaptation.initialParameters(seed: seed)
    case let prompt as InputDependentPrompt:
      return prompt.initialParameters(try start(base), network, seed: seed)
    default: preconditionFailure("expected a module with a start, found \(type(of: module))")
    }
  }

  private func parameters(
    of path: String, _ module: any LearnedModule, _ base: FrozenGenerator
  ) throws -> [Float] {
    let isFolder = FileManager.default.fileExists(atPath: "\(path)/.")
    let (found, parameters) =
      try isFolder
      ? Adapter.read(path, for: base.network)
      : LearnedModules.read(
        ModuleFile(path: path, expectedBaseSHA256: base.sha256), path: path, for: base.network,
        tokenizer: base.model.tokenizer)
    func shape(_ module: any LearnedModule) -> String {
      let slices = module.layout.slices.filter { $0.rows > 0 }
      let first = slices.first.map { "\($0.name) [\($0.rows), \($0.columns)]" } ?? "nothing"
      return "\(type(of: module).kind) of \(slices.count) tensors, first \(first)"
        + (module.facts.settings["alpha"].map { ", alpha \($0)" } ?? "")
    }
    guard shape(found) == shape(module), parameters.count == module.layout.count else {
      throw CheckpointError(file: path, expected: shape(module), found: shape(found))
    }
    return parameters
  }

  private func start(_ base: FrozenGenerator) throws -> LearningStart {
    let tokenizer = base.model.tokenizer
    if let startText {
      let ids = tokenizer.encode(startText).ids
      guard !ids.isEmpty else { throw ValidationError("expected tokens in --start-text") }
      return .text(ids)
    }
    if start == .random { return .random }
    // Vocabularies begin with what was frequent where they were learned.
    let frequent = (0..<Int32(min(5000, base.network.vocabularySize)))
      .filter { !tokenizer.isSpecial($0) }
    return frequent.isEmpty ? .random : .sample(frequent)
  }
}
