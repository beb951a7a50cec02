import Native
import Tensors

/// A frozen BERT with what was learned for reading: LoRA inside, and on top a transformer block and
/// a span head.
///
/// The learned parameters are one flat vector that callers hold; the network only knows where each
/// tensor stands in it.
package struct SpanNetwork: Sendable {
  package let frozen: BERT
  package let layout: ParameterLayout
  private let lora: LoRA
  private let block: InteractionBlock?
  private let head: SpanHead

  /// - Parameter hidden: width of the block's feed-forward layer; 0 leaves the block out.
  package init(frozen: BERT, rank: Int, hidden: Int) {
    let width = frozen.configuration.hiddenSize
    var layout = ParameterLayout()
    self.frozen = frozen
    lora = LoRA(rank: rank, for: frozen, in: &layout)
    block =
      hidden == 0
      ? nil
      : InteractionBlock(
        width: width, hidden: hidden, heads: frozen.configuration.headCount, in: &layout)
    head = SpanHead(width: width, in: &layout)
    self.layout = layout
  }

  /// The parameters inside the frozen network come first in the vector; this many.
  package var insideCount: Int {
    layout.slices.first { !$0.name.hasPrefix("lora.") }!.offset
  }

  /// Parameters to start learning from.
  package func initialParameters(seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    var parameters = [Float](repeating: 0, count: layout.count)
    lora.initialize(&parameters, using: &random)
    block?.initialize(&parameters, using: &random)
    head.initialize(&parameters, using: &random)
    return parameters
  }

  /// The network with `parameters` in place, ready to run: LoRA is merged into the frozen weights.
  package func instance(_ parameters: [Float]) -> Instance {
    precondition(
      parameters.count == layout.count,
      "expected \(layout.count) parameters, found \(parameters.count)")
    return Instance(
      network: self, parameters: parameters,
      merged: lora.merged(into: frozen, parameters: parameters),
      block: block?.instance(parameters))
  }

  package struct Instance: Sendable {
    fileprivate let network: SpanNetwork
    fileprivate let parameters: [Float]
    fileprivate let merged: BERT
    fileprivate let block: InteractionBlock.Instance?

    /// Start and end logits, `[tokens, 2]`.
    package func logits(_ batch: RaggedBatch) -> Tensor {
      var states = merged(batch)
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
      let (states, tape) = merged.forward(batch)
      let top = block.map { network.block!.forward(states, starts: batch.starts, $0) }
      let topStates = top?.y ?? states
      let (value, dLogits) = loss(network.head(topStates, parameters: parameters))
      var dStates = network.head.backward(
        dLogits, states: topStates, parameters: parameters, into: &gradient)
      if let block, let top {
        dStates = network.block!.backward(
          dStates, starts: batch.starts, block, top.tape, into: &gradient)
      }
      merged.backward(
        dStates, batch, tape, lora: network.lora, parameters: parameters, into: &gradient)
      return value
    }
  }
}
