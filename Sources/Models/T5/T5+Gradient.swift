import Native
import Tensors

extension T5: TunableNetwork {
  package var adapterRoot: String { "" }

  package mutating func changeMaps(_ change: (inout Projection) -> Void) {
    encoder.changeMaps(change)
    for index in decoder.indices {
      change(&decoder[index].queryKeyValue)
      change(&decoder[index].attentionOutput)
      change(&decoder[index].crossQuery)
      change(&decoder[index].crossKeyValue)
      change(&decoder[index].crossOutput)
      decoder[index].feedForward.changeMaps(change)
    }
    change(&head)
  }

  package mutating func changeAttentions(
    _ change: (AttentionSite, inout CachedAttention) -> Void
  ) {
    for layer in encoder.layers.indices {
      change(AttentionSite(kind: .encoder, layer: layer), &encoder.layers[layer].attention)
    }
    for layer in decoder.indices {
      change(AttentionSite(kind: .decoder, layer: layer), &decoder[layer].attention)
    }
    for layer in decoder.indices {
      change(AttentionSite(kind: .cross, layer: layer), &decoder[layer].crossAttention)
    }
  }

  package func loss(
    _ pairs: [TokenPair], after prompts: [PromptRows], _ loss: TokenLoss, scale: Float,
    addingTo gradient: inout LearnedGradient?
  ) -> Double {
    // Forward.
    let source = RaggedRows(prompts.map(\.input), before: pairs.map(\.input), tokens)
    let target = RaggedRows(
      prompts.map(\.decoder),
      before: pairs.map { [configuration.startToken] + $0.target.dropLast() }, tokens)
    // Nothing in the encoder was learned from unless something learned is in it or before it.
    let learnsToRead =
      gradient != nil && (encoder.isAdapted || prompts.contains { $0.input.rows > 0 })
    let read = learnsToRead ? encoder.forward(source.rows, starts: source.starts) : nil
    let states = read?.states ?? encoder(source.rows, starts: source.starts)
    let writing = pass(target.starts, source: (states, source.starts))
    var tapes: [PartTape]? = gradient == nil ? nil : []
    let written = decoderStack.forward(target.rows, writing, keeping: &tapes)
    let predicting = target.predicting(pairs.map(\.target.count))
    var dStates: Tensor? = gradient == nil ? nil : Tensor(rows: 0, width: tokens.width)
    var inside = gradient?.inside ?? []
    let sum = OutputTail(norm: decoderNorm, head: head).loss(
      written.gathering(predicting), targets: pairs.flatMap(\.target), loss, scale: scale,
      dStates: &dStates, inside: &inside)
    guard let dStates, let tapes else { return sum }

    // Backward.
    var gradients = PassGradients(
      source: Tensor(rows: states.rows, width: states.width), inside: inside)
    let dTarget = decoderStack.backward(
      dStates.scattered(to: predicting, rows: written.rows), tapes, writing,
      into: &gradients)
    gradient!.addFirstRows(of: dTarget, starts: target.starts, to: \.decoder)
    target.backward(dTarget, tokens, into: &gradients.inside)
    if let read {
      let dx = encoder.backward(
        gradients.source, starts: source.starts, read.tape, into: &gradients.inside)
      gradient!.addFirstRows(of: dx, starts: source.starts, to: \.input)
      source.backward(dx, tokens, into: &gradients.inside)
    }
    gradient!.inside = gradients.inside
    return sum
  }

  package func keysAndValues(of ids: [Int32]) -> [Tensor] {
    let nothing = Tensor(rows: 0, width: tokens.width)
    let text = RaggedRows([nothing], before: [ids], tokens)
    let (states, read) = encoder.keysAndValues(text.rows, starts: text.starts)
    var tapes: [PartTape]? = []
    let pass = pass(text.starts, source: (states, text.starts))
    _ = decoderStack.forward(text.rows, pass, keeping: &tapes)
    return read + decoderStack.keysAndValues(tapes ?? [], pass)
      + decoder.map { $0.crossKeyValue(states) }
  }

  private func pass(_ starts: [Int], source: (states: Tensor, starts: [Int])) -> Pass {
    let reach = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    return Pass(starts: starts, bias: targetBias(reach: reach + prefixLength), source: source)
  }

  private var decoderStack: ResidualStack {
    ResidualStack(
      parts: decoder.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, queryKeyValue: layer.queryKeyValue,
            output: layer.attentionOutput, attention: layer.attention),
          CrossAttentionPart(
            norm: layer.crossNorm, query: layer.crossQuery, keyValue: layer.crossKeyValue,
            output: layer.crossOutput, attention: layer.crossAttention),
          layer.feedForward.part,
        ]
      })
  }
}

extension T5.FeedForward {
  var part: FeedForwardPart {
    FeedForwardPart(norm: norm, up: up, down: down, gated: gated, activation: activation)
  }
}
