import Native
import Tensors

/// Something small that is learned beside a frozen generative network, its numbers in one flat
/// vector: vectors before the input, keys and values in every layer, low-rank changes of the weights,
/// or a network of its own that writes the prompt.
package protocol LearnedModule: Sendable {
  /// What its module files call it.
  static var kind: String { get }

  var layout: ParameterLayout { get }

  /// Places that it takes in every sequence that the network reads.
  var places: Int { get }

  /// The summed loss of the pairs' target tokens with the module in place.
  ///
  /// - Parameter gradient: ∂(scale · loss)/∂parameters is added to it unless it is nil.
  func loss(
    _ pairs: [TokenPair], of network: any TunableNetwork, parameters: [Float], _ loss: TokenLoss,
    scale: Float, addingTo gradient: inout [Float]?
  ) -> Double

  /// The network with the module in place, to generate with.
  func applied(to network: any TunableNetwork, parameters: [Float]) -> any GenerativeNetwork

  /// What a module file holds of it, which may be less than what was needed to learn it.
  func tensors(_ parameters: [Float]) -> [NamedTensor]

  /// What else a module file says of it.
  var facts: ModuleFacts { get }

  /// Writes a folder that PEFT loads on the same network.
  ///
  /// - Parameter base: the network's name, as the adapter tells it.
  /// - Throws: `CheckpointError` when PEFT has no place for the module, `FileError` when a file
  ///   cannot be written.
  func saveAdapter(
    _ parameters: [Float], folder: String, base: String, for network: any TunableNetwork
  ) throws
}

/// What a module file's metadata say of a kind of module.
package struct ModuleFacts: Equatable, Sendable {
  package var rank: Int?
  package var promptLength: Int?
  package var settings: [String: String] = [:]
}

/// Modules that change the inside of a network and take its gradient from there.
protocol InsideModule: LearnedModule {
  /// The network with the module in place; gradients go where it says in a vector of this length.
  func attached(to network: any TunableNetwork, parameters: [Float]) -> any TunableNetwork
  var insideCount: Int { get }

  /// Adds ∂loss/∂parameters for the gradient of what is in place.
  func backward(_ inside: [Float], parameters: [Float], addingTo gradient: inout [Float])
}

extension InsideModule {
  package func loss(
    _ pairs: [TokenPair], of network: any TunableNetwork, parameters: [Float], _ loss: TokenLoss,
    scale: Float, addingTo gradient: inout [Float]?
  ) -> Double {
    let nothing = [PromptRows(width: network.tokens.width)]
    var learned = gradient.map { _ in LearnedGradient(like: nothing, insideCount: insideCount) }
    let sum = attached(to: network, parameters: parameters).loss(
      pairs, after: nothing, loss, scale: scale, addingTo: &learned)
    if let learned { backward(learned.inside, parameters: parameters, addingTo: &gradient!) }
    return sum
  }
}

/// Where learning of vectors begins.
package enum LearningStart: Equatable, Sendable {
  /// Embeddings of tokens that are drawn from these, without repetition as long as there are some.
  case sample([Int32])
  /// Embeddings of a text, over and over.
  case text([Int32])
  /// Normal numbers, as large as the embeddings' are.
  case random

  /// The tokens to begin with; nil for random numbers.
  ///
  /// - Requires: tokens to choose from.
  func tokens(_ count: Int, seed: UInt64) -> [Int32]? {
    switch self {
    case .random: return nil
    case .text(let ids):
      precondition(!ids.isEmpty, "expected a text of one token at least")
      return (0..<count).map { ids[$0 % ids.count] }
    case .sample(let ids):
      precondition(!ids.isEmpty, "expected tokens to draw from")
      var random = SplitMix64(seed: seed)
      let order = ids.shuffled(using: &random)
      return (0..<count).map { order[$0 % order.count] }
    }
  }

  /// The embeddings to begin with.
  func rows(_ count: Int, _ tokens: Embedding, seed: UInt64) -> Tensor {
    if let ids = self.tokens(count, seed: seed) { return tokens(ids.map(Int.init)) }
    return .random(rows: count, width: tokens.width, size: SoftPrompt.size(of: tokens), seed: seed)
  }
}

extension Tensor {
  /// The root mean square of all numbers.
  var size: Float { (Kernels.dot(values.span, values.span) / Float(values.count)).squareRoot() }

  /// Normal numbers.
  static func random(rows: Int, width: Int, size: Float, seed: UInt64) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(
      rows: rows, width: width,
      values: (0..<rows * width).map { _ in random.normal(deviation: size) })
  }
}
