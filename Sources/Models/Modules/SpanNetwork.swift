import Native
import Tensors

/// A frozen BERT with what was learned for reading: any of a soft prompt before every window, a prefix
/// and LoRA inside, and a transformer block on top; and a span head.
///
/// The prompt's rows stand before `[CLS]`, behind the embeddings' norm: they need no positions, and
/// the text keeps those it was trained at. Block and head do not see them.
///
/// The learned parameters are one flat vector that callers hold; the network only knows where each
/// tensor stands in it.
package struct SpanNetwork: Sendable {
  package let frozen: BERT
  package let layout: ParameterLayout
  /// Parameters of LoRA, and after them those of prompt and prefix; the others are on top.
  package let lowRank, vectors: Range<Int>
  private let lora: LoRA?
  private let prompt: ParameterLayout.Slice?
  let prefix: (module: PrefixTuning, range: Range<Int>)?
  private let block: InteractionBlock?
  private let head: SpanHead

  package init(frozen: BERT, _ sizes: Sizes) {
    let width = frozen.configuration.hiddenSize
    var layout = ParameterLayout()
    self.frozen = frozen
    lora = sizes.rank == 0 ? nil : LoRA(rank: sizes.rank, for: frozen, in: &layout)
    lowRank = 0..<layout.count
    prompt =
      sizes.prompt == 0 ? nil : layout.append("prompt", rows: sizes.prompt, columns: width)
    if sizes.prefix > 0 {
      let hidden = sizes.prefixHidden == 0 ? nil : sizes.prefixHidden
      let module = PrefixTuning(length: sizes.prefix, hidden: hidden, bert: frozen)
      prefix = (module, layout.append(module.layout))
    } else {
      prefix = nil
    }
    vectors = lowRank.upperBound..<layout.count
    block =
      sizes.block == 0
      ? nil
      : InteractionBlock(
        width: width, hidden: sizes.block, heads: frozen.configuration.headCount, in: &layout)
    head = SpanHead(width: width, in: &layout)
    self.layout = layout
  }

  /// Parameters to start learning from: prompt and prefix from what the frozen network makes of
  /// tokens, all others such that the network starts as the frozen one.
  ///
  /// - Parameter vocabulary: the tokens to draw from; needed for a prompt or a prefix.
  /// - Requires: a prompt and a prefix no longer than the texts that the network reads.
  package func initialParameters(seed: UInt64, vocabulary: [Int32] = []) -> [Float] {
    var random = SplitMix64(seed: seed)
    var parameters = [Float](repeating: 0, count: layout.count)
    lora?.initialize(&parameters, using: &random)
    block?.initialize(&parameters, using: &random)
    head.initialize(&parameters, using: &random)
    func tokens(_ count: Int, seed: UInt64) -> [Int32] {
      LearningStart.sample(vocabulary).tokens(count, seed: seed)!
    }
    if let prompt {
      let rows = frozen.embed(RaggedBatch(tokens(prompt.rows, seed: seed)))
      parameters.replaceSubrange(prompt.range, with: rows.values)
    }
    if let (module, range) = prefix {
      let tokens = tokens(module.length, seed: seed &+ 1)
      parameters.replaceSubrange(
        range, with: module.initialParameters(tokens, frozen, seed: seed))
    }
    return parameters
  }

  /// The network with `parameters` in place, ready to run: LoRA is merged into the frozen weights.
  package func instance(_ parameters: [Float]) -> Instance {
    precondition(
      parameters.count == layout.count,
      "expected \(layout.count) parameters, found \(parameters.count)")
    var tuned = lora?.merged(into: frozen, parameters: parameters) ?? frozen
    if let (module, range) = prefix {
      tuned = module.attached(to: tuned, parameters: Array(parameters[range]))
    }
    return Instance(
      network: self, parameters: parameters, tuned: tuned,
      prompt: prompt.map { Tensor(parameters, $0) }, block: block?.instance(parameters))
  }

  package struct Instance: Sendable {
    fileprivate let network: SpanNetwork
    fileprivate let parameters: [Float]
    /// The frozen network with LoRA and prefix in place.
    fileprivate let tuned: BERT
    fileprivate let prompt: Tensor?
    fileprivate let block: InteractionBlock.Instance?

    /// Start and end logits, `[tokens, 2]`.
    package func logits(_ batch: RaggedBatch) -> Tensor {
      var states = tuned(batch, after: prompt)
      if let block {
        states = network.block!.forward(states, starts: batch.starts, block).y
      }
      return network.head(states, parameters: parameters)
    }

    /// Runs forward and backward: `loss` turns the logits into a value and ∂loss/∂logits.
    ///
    /// - Returns: the loss; the gradient with respect to all parameters is added to `gradient`.
    package func accumulateGradient(
      _ batch: RaggedBatch, into gradient: inout [Float],
      loss: (Tensor) -> (value: Float, gradient: Tensor)
    ) -> Float {
      let (states, tape) = tuned.forward(batch, after: prompt)
      let top = block.map { network.block!.forward(states, starts: batch.starts, $0) }
      let topStates = top?.y ?? states
      let (value, dLogits) = loss(network.head(topStates, parameters: parameters))
      var dStates = network.head.backward(
        dLogits, states: topStates, parameters: parameters, into: &gradient)
      if let block, let top {
        dStates = network.block!.backward(
          dStates, starts: batch.starts, block, top.tape, into: &gradient)
      }
      network.backwardInside(dStates, batch, tuned, tape, parameters, into: &gradient)
      return value
    }
  }

  /// From ∂loss/∂(the text's last states) on to what was learned inside.
  private func backwardInside(
    _ dStates: Tensor, _ batch: RaggedBatch, _ tuned: BERT, _ tape: BERT.Tape,
    _ parameters: [Float], into gradient: inout [Float]
  ) {
    if vectors.upperBound == 0 { return }
    var inside = [Float](repeating: 0, count: prefix?.module.insideCount ?? 0)
    let dPrompt = tuned.backward(
      dStates, batch, tape, lora: lora, parameters: parameters, into: &gradient,
      prefixes: &inside)
    if let prompt { add(dPrompt.values, to: &gradient, from: prompt.offset) }
    if let (module, range) = prefix {
      var part = [Float](repeating: 0, count: range.count)
      module.backward(inside, parameters: Array(parameters[range]), addingTo: &part)
      add(part, to: &gradient, from: range.lowerBound)
    }
  }
}
