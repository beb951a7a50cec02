import Tensors

/// A frozen BERT with what was learned for reading: LoRA inside, a span head outside.
///
/// The learned parameters are one flat vector that callers hold; the network only knows where each
/// tensor stands in it.
package struct SpanNetwork: Sendable {
  package let frozen: BERT
  package let layout: ParameterLayout
  package let lora: LoRA
  package let head: SpanHead

  package init(frozen: BERT, rank: Int) {
    var layout = ParameterLayout()
    self.frozen = frozen
    lora = LoRA(rank: rank, for: frozen, in: &layout)
    head = SpanHead(width: frozen.configuration.hiddenSize, in: &layout)
    self.layout = layout
  }

  /// Parameters to start learning from.
  package func initialParameters(seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    var parameters = [Float](repeating: 0, count: layout.count)
    lora.initialize(&parameters, using: &random)
    head.initialize(&parameters, using: &random)
    return parameters
  }

  /// Start and end logits, `[tokens, 2]`; `merged` is `lora.merged(into: frozen, ...)`.
  package func logits(_ batch: RaggedBatch, merged: BERT, parameters: [Float]) -> Tensor {
    head(merged(batch), parameters: parameters)
  }

  /// Runs forward and backward: `loss` turns the logits into a value and ∂loss/∂logits.
  ///
  /// - Returns: the loss; the gradient with respect to all parameters is added to `gradient`.
  package func accumulateGradient(
    _ batch: RaggedBatch, merged: BERT, parameters: [Float], into gradient: inout [Float],
    loss: (Tensor) -> (value: Float, gradient: Tensor)
  ) -> Float {
    let (states, tape) = merged.forward(batch)
    let (value, dLogits) = loss(head(states, parameters: parameters))
    let dStates = head.backward(
      dLogits, states: states, parameters: parameters, into: &gradient)
    merged.backward(dStates, batch, tape, lora: lora, parameters: parameters, into: &gradient)
    return value
  }
}
