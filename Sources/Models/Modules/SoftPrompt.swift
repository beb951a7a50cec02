import Native
import Tensors

/// Vectors before a frozen network's input, learned in the space of its embeddings.
///
/// An encoder-decoder may have a second prompt, before what its decoder writes.
/// - Source: Lester et al. 2021, arXiv:2104.08691.
package struct SoftPrompt: Sendable {
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

  /// The vectors as a module file holds them, which has no empty tensors.
  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    layout.tensors(parameters).filter { !$0.values.isEmpty }
  }

  // MARK: Initialization

  /// Where learning begins.
  package enum Start: Equatable, Sendable {
    /// Embeddings of tokens that are drawn from these, without repetition as long as there are some.
    case sample([Int32])
    /// Embeddings of a text, over and over.
    case text([Int32])
    /// Normal numbers, as large as the embeddings' are.
    case random
  }

  /// - Requires: tokens to choose from.
  package func initialParameters(_ start: Start, _ tokens: Embedding, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    let count = input.rows + decoder.rows
    switch start {
    case .random:
      let deviation = Self.size(of: tokens)
      return (0..<layout.count).map { _ in random.normal(deviation: deviation) }
    case .text(let ids):
      precondition(!ids.isEmpty, "expected a text of one token at least")
      return tokens((0..<count).map { Int(ids[$0 % ids.count]) }).values
    case .sample(let ids):
      precondition(!ids.isEmpty, "expected tokens to draw from")
      let order = ids.shuffled(using: &random)
      return tokens((0..<count).map { Int(order[$0 % order.count]) }).values
    }
  }

  /// The root mean square of the embeddings' numbers, by their first 5000 rows.
  package static func size(of tokens: Embedding) -> Float {
    let x = tokens(Array(0..<min(5000, tokens.rows))).values
    return (Kernels.dot(x.span, x.span) / Float(x.count)).squareRoot()
  }

  // MARK: Files

  /// The vectors of a module file.
  ///
  /// - Throws: `CheckpointError` when it is of another kind, or its vectors of another width.
  package static func rows(
    of module: ModuleFile, path: String, for network: any GenerativeNetwork
  ) throws -> PromptRows {
    guard module.kind == kind else {
      throw CheckpointError(file: path, expected: "a module of kind \(kind)", found: module.kind)
    }
    func rows(_ name: String) throws -> Tensor {
      let width = network.tokens.width
      guard let tensor = module.tensors.first(where: { $0.name == name }) else {
        return Tensor(rows: 0, width: width)
      }
      let count = tensor.shape.first ?? 0
      return Tensor(
        rows: count, width: width, values: try module.tensor(name, shape: [count, width]))
    }
    let prompt = PromptRows(input: try rows("prompt"), decoder: try rows("decoder_prompt"))
    guard prompt.input.rows + prompt.decoder.rows > 0 else {
      throw CheckpointError(
        file: path, tensor: "prompt", expected: "at least one vector", found: "none")
    }
    guard prompt.decoder.rows == 0 || (network as? any TunableNetwork)?.hasDecoderPrompt == true
    else {
      throw CheckpointError(
        file: path, tensor: "decoder_prompt", expected: "no such vectors for a decoder",
        found: "\(prompt.decoder.rows)")
    }
    return prompt
  }
}
