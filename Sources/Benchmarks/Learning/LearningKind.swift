import Models
import Tensors

/// What is compared on tasks that a frozen network has not seen.
enum LearningKind: String, CaseIterable, Codable {
  case none = "no module"
  case template = "best template"
  case soft5 = "soft prompt, 5 vectors"
  case soft20 = "soft prompt, 20 vectors"
  case soft100 = "soft prompt, 100 vectors"
  case prefix = "prefix, 20 vectors"
  case lowRank = "LoRA, rank 8"
  case sharedLowRank = "LoRA, rank 8, one for all tasks"
  case inputDependent = "ID-PT, one for all tasks"
  case full = "full fine-tuning"

  /// Whether there is something to learn.
  var learns: Bool { self != .none && self != .template }

  /// Whether one module serves all tasks.
  var isShared: Bool { self == .inputDependent || self == .sharedLowRank }

  /// The sets of tasks that are learned together.
  func groups(_ tasks: [SyntheticTask]) -> [[SyntheticTask]] {
    isShared ? [tasks] : tasks.map { [$0] }
  }
}

/// A frozen small network, and what can be learned beside it.
struct FrozenModel {
  let model: SmallModel
  let folder: String
  let network: any TunableNetwork
  /// The small T5's, which reads what ID-PT makes a prompt of.
  let encoder: FrozenEncoder

  /// - Parameter encoderFolder: the small T5's.
  init(_ model: SmallModel, folder: String, encoderFolder: String) throws {
    (self.model, self.folder) = (model, folder)
    network = try GenerativeModel.network(folder: folder)
    // All small networks have the same tokens.
    encoder = try FrozenEncoder(name: "t5", folder: encoderFolder) { $0 }
  }

  /// A module with the numbers to begin with; of vectors, the embeddings of drawn tokens.
  func module(
    _ kind: LearningKind, seed: UInt64
  ) throws -> (module: any LearnedModule, start: [Float]) {
    let tokens = LearningStart.sample((2..<Int32(network.vocabularySize)).map { $0 })
    func soft(_ length: Int) -> (any LearnedModule, [Float]) {
      let prompt = SoftPrompt(length: length, width: network.tokens.width)
      return (prompt, prompt.initialParameters(tokens, network.tokens, seed: seed))
    }
    switch kind {
    case .none, .template: preconditionFailure("expected something to learn, found \(kind)")
    case .soft5: return soft(5)
    case .soft20: return soft(20)
    case .soft100: return soft(100)
    case .prefix:
      let prefix = PrefixTuning(length: 20, network: network)
      return (prefix, prefix.initialParameters(tokens, network, seed: seed))
    case .lowRank, .sharedLowRank:
      let change = try LowRankAdaptation(
        rank: 8, alpha: 16, targets: LowRankAdaptation.usualTargets, network: network)
      return (change, change.initialParameters(seed: seed))
    case .inputDependent:
      let prompt = InputDependentPrompt(.init(), encoder: encoder, network: network)
      return (prompt, prompt.initialParameters(tokens, network, seed: seed))
    case .full:
      let full = try FullTuning(folder: folder)
      return (full, try full.initialParameters())
    }
  }

  /// Peak rates to choose from: those of `firn tune prompt` and `firn tune idpt` where these learn the
  /// kind, and larger ones, since runs are short.
  func rates(_ kind: LearningKind) -> [Float] {
    let usual: Float =
      switch kind {
      case .none, .template: 0
      case .soft5, .soft20, .soft100: 0.05 * SoftPrompt.size(of: network.tokens)
      case .prefix: 1e-2
      case .lowRank, .sharedLowRank, .inputDependent, .full: 1e-3
      }
    return Self.factors.map { $0 * usual }
  }

  static let factors: [Float] = [1, 3, 10]
}
