import Native
import Tensors

extension T5: TunableNetwork {
  package var hasDecoderPrompt: Bool { true }

  package func loss(
    _ pairs: [TokenPair], after prompt: PromptRows, _ loss: TokenLoss, scale: Float,
    addingTo gradient: inout PromptRows?
  ) -> Double {
    // Forward.
    let source = RaggedRows(prompt.input, before: pairs.map(\.input), tokens)
    let target = RaggedRows(
      prompt.decoder, before: pairs.map { [configuration.startToken] + $0.target.dropLast() },
      tokens)
    let reading = Pass(starts: source.starts, bias: sourceBias(starts: source.starts))
    // Nothing in the encoder was learned from unless the prompt stands before it.
    let learnsToRead = gradient != nil && prompt.input.rows > 0
    var sourceInputs: [Tensor]? = learnsToRead ? [] : nil
    let read = encoderStack.forward(source.rows, reading, keeping: &sourceInputs)
    let states = encoderNorm(read)
    let reach = zip(target.starts, target.starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    let writing = Pass(
      starts: target.starts, bias: targetBias(reach: reach), source: (states, source.starts))
    var targetInputs: [Tensor]? = gradient == nil ? nil : []
    let written = decoderStack.forward(target.rows, writing, keeping: &targetInputs)
    let predicting = target.predicting(pairs.map(\.target.count))
    var dStates: Tensor? = gradient == nil ? nil : Tensor(rows: 0, width: tokens.width)
    let sum = OutputTail(norm: decoderNorm, head: head).loss(
      written.gathering(predicting), targets: pairs.flatMap(\.target), loss, scale: scale,
      dStates: &dStates)
    guard let dStates, let targetInputs else { return sum }

    // Backward.
    var dSource = Tensor(rows: states.rows, width: states.width)
    let dTarget = decoderStack.backward(
      dStates.scattered(to: predicting, rows: written.rows), from: targetInputs, writing,
      addingTo: &dSource)
    PromptRows.addFirstRows(of: dTarget, starts: target.starts, to: &gradient!.decoder)
    guard let sourceInputs else { return sum }
    var nothing = Tensor(rows: 0, width: tokens.width)
    let dx = encoderStack.backward(
      encoderNorm.backward(dSource, from: read), from: sourceInputs, reading, addingTo: &nothing)
    PromptRows.addFirstRows(of: dx, starts: source.starts, to: &gradient!.input)
    return sum
  }

  private var encoderStack: ResidualStack {
    ResidualStack(
      parts: encoder.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, queryKeyValue: layer.queryKeyValue,
            output: layer.attentionOutput, attention: attention(causal: false)),
          layer.feedForward.part,
        ]
      })
  }

  private var decoderStack: ResidualStack {
    ResidualStack(
      parts: decoder.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, queryKeyValue: layer.queryKeyValue,
            output: layer.attentionOutput, attention: attention(causal: true)),
          CrossAttentionPart(
            norm: layer.crossNorm, query: layer.crossQuery, keyValue: layer.crossKeyValue,
            output: layer.crossOutput, attention: attention(causal: false)),
          layer.feedForward.part,
        ]
      })
  }
}

extension T5.FeedForward {
  fileprivate var part: FeedForwardPart {
    FeedForwardPart(norm: norm, up: up, down: down, gated: gated, activation: activation)
  }
}
