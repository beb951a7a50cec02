import Native
import Tensors

/// Vectors before a frozen network's input, learned in the space of its embeddings.
///
/// An encoder-decoder may have a second prompt, before what its decoder writes.
/// - Source: Lester et al. 2021, arXiv:2104.08691.
package struct SoftPrompt: LearnedModule {
  /// The kind of its module files.
  package static let kind = "soft prompt"

  package let layout: ParameterLayout
  private let input, decoder: ParameterLayout.Slice

  /// - Parameters:
  ///   - length: vectors before the input.
  ///   - decoderLength: vectors before what the decoder writes.
  ///   - width: floats of a vector, those of an embedding.
  package init(length: Int, decoderLength: Int = 0, width: Int) {
    precondition(length + decoderLength > 0, "expected at least one vector")
    var layout = ParameterLayout()
    input = layout.append("prompt", rows: length, columns: width)
    decoder = layout.append("decoder_prompt", rows: decoderLength, columns: width)
    self.layout = layout
  }

  /// Vectors before the input, and before what the decoder writes.
  package var length: Int { input.rows }
  package var decoderLength: Int { decoder.rows }

  /// The vectors in place.
  package func rows(_ parameters: [Float]) -> PromptRows {
    func rows(_ slice: ParameterLayout.Slice) -> Tensor {
      Tensor(rows: slice.rows, width: slice.columns, values: Array(parameters[slice.range]))
    }
    return PromptRows(input: rows(input), decoder: rows(decoder))
  }

  /// The same in one flat vector, as what learns them has it.
  package func parameters(_ rows: PromptRows) -> [Float] { rows.input.values + rows.decoder.values }

  package var places: Int { length }

  package func loss(
    _ pairs: [TokenPair], of network: any TunableNetwork, parameters: [Float], _ loss: TokenLoss,
    scale: Float, addingTo gradient: inout [Float]?
  ) -> Double {
    let prompt = rows(parameters)
    var learned = gradient.map { _ in LearnedGradient(like: [prompt]) }
    let sum = network.loss(pairs, after: [prompt], loss, scale: scale, addingTo: &learned)
    if let learned { add(self.parameters(learned.prompts[0]), to: &gradient!, from: 0) }
    return sum
  }

  package func applied(
    to network: any TunableNetwork, parameters: [Float]
  ) -> any GenerativeNetwork {
    PromptedNetwork(network: network, prompt: .same(rows(parameters)))
  }

  /// The vectors as a module file holds them, which has no empty tensors.
  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    layout.tensors(parameters).filter { !$0.values.isEmpty }
  }

  package var facts: ModuleFacts {
    ModuleFacts(
      promptLength: length, settings: ["decoder_prompt_length": "\(decoderLength)"])
  }

  // MARK: Initialization

  /// - Requires: tokens to choose from.
  package func initialParameters(
    _ start: LearningStart, _ tokens: Embedding, seed: UInt64
  ) -> [Float] {
    start.rows(layout.count / tokens.width, tokens, seed: seed).values
  }

  /// The root mean square of the embeddings' numbers, by their first 5000 rows.
  package static func size(of tokens: Embedding) -> Float {
    tokens(Array(0..<min(5000, tokens.rows))).size
  }

  // MARK: Files

  /// The prompt of a module file, and its vectors.
  ///
  /// - Throws: `CheckpointError` when its vectors have another width, or a place that the network
  ///   lacks.
  package static func read(
    _ module: ModuleFile, path: String, for network: any TunableNetwork
  ) throws -> (SoftPrompt, [Float]) {
    func rows(_ name: String) throws -> Tensor {
      let width = network.tokens.width
      guard let tensor = module.tensors.first(where: { $0.name == name }) else {
        return Tensor(rows: 0, width: width)
      }
      let count = tensor.shape.first ?? 0
      return Tensor(
        rows: count, width: width, values: try module.tensor(name, shape: [count, width]))
    }
    let rows = PromptRows(input: try rows("prompt"), decoder: try rows("decoder_prompt"))
    guard rows.input.rows + rows.decoder.rows > 0 else {
      throw CheckpointError(
        file: path, tensor: "prompt", expected: "at least one vector", found: "none")
    }
    guard rows.decoder.rows == 0 || network.hasEncoder else {
      throw CheckpointError(
        file: path, tensor: "decoder_prompt", expected: "no such vectors for a decoder",
        found: "\(rows.decoder.rows)")
    }
    let prompt = SoftPrompt(
      length: rows.input.rows, decoderLength: rows.decoder.rows, width: rows.input.width)
    return (prompt, prompt.parameters(rows))
  }
}
