import Native
import Tensors

/// A decoder whose layers are stated as parts that gradients flow through.
protocol TunableDecoder: DecoderNetwork, TunableNetwork {
  var stack: ResidualStack { get }
  var outputTail: OutputTail { get }

  /// What the first layer reads of embeddings, or of a prompt's vectors, at places of their texts.
  func enter(_ rows: Tensor, places: [Int]) -> Tensor

  /// ∂loss/∂rows for dx = ∂loss/∂(what the first layer reads).
  func enterBackward(_ dx: Tensor) -> Tensor

  /// The angles of a ragged batch's rows; nil where places are learned.
  func rotation(starts: [Int]) -> RotaryEmbedding.Rotation?
}

extension TunableDecoder {
  package var hasDecoderPrompt: Bool { false }

  func enter(_ rows: Tensor, places: [Int]) -> Tensor { rows }
  func enterBackward(_ dx: Tensor) -> Tensor { dx }
  func rotation(starts: [Int]) -> RotaryEmbedding.Rotation? { nil }

  package func loss(
    _ pairs: [TokenPair], after prompt: PromptRows, _ loss: TokenLoss, scale: Float,
    addingTo gradient: inout PromptRows?
  ) -> Double {
    precondition(prompt.decoder.rows == 0, "expected no prompt of a decoder's own")
    precondition(
      pairs.allSatisfy { prompt.input.rows + $0.input.count > 0 }, "expected a text to go on with")
    // Forward.
    let text = RaggedRows(
      prompt.input, before: pairs.map { $0.input + $0.target.dropLast() }, tokens)
    let pass = Pass(starts: text.starts, rotation: rotation(starts: text.starts))
    let places = zip(text.starts, text.starts.dropFirst()).flatMap { 0..<$1 - $0 }
    var inputs: [Tensor]? = gradient == nil ? nil : []
    let states = stack.forward(enter(text.rows, places: places), pass, keeping: &inputs)
    let predicting = text.predicting(pairs.map(\.target.count))
    var dStates: Tensor? = gradient == nil ? nil : Tensor(rows: 0, width: states.width)
    let sum = outputTail.loss(
      states.gathering(predicting), targets: pairs.flatMap(\.target), loss, scale: scale,
      dStates: &dStates)
    guard let dStates, let inputs else { return sum }

    // Backward.
    var nothing = Tensor(rows: 0, width: states.width)
    let dx = stack.backward(
      dStates.scattered(to: predicting, rows: states.rows), from: inputs, pass, addingTo: &nothing)
    PromptRows.addFirstRows(of: enterBackward(dx), starts: text.starts, to: &gradient!.input)
    return sum
  }
}

extension GPT2: TunableDecoder {
  var outputTail: OutputTail { OutputTail(norm: finalNorm, head: head) }

  var stack: ResidualStack {
    ResidualStack(
      parts: layers.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, queryKeyValue: layer.queryKeyValue,
            output: layer.attentionOutput, attention: layer.attention),
          FeedForwardPart(
            norm: layer.feedForwardNorm, up: layer.up, down: layer.down, gated: false,
            activation: configuration.activation),
        ]
      })
  }
}

extension OPT: TunableDecoder {
  var outputTail: OutputTail { OutputTail(norm: finalNorm, projectOut: projectOut, head: head) }

  func enterBackward(_ dx: Tensor) -> Tensor { projectIn?.backward(dx) ?? dx }

  var stack: ResidualStack {
    ResidualStack(
      parts: layers.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, normFirst: configuration.normFirst,
            queryKeyValue: layer.queryKeyValue, output: layer.attentionOutput,
            attention: configuration.attention),
          FeedForwardPart(
            norm: layer.feedForwardNorm, normFirst: configuration.normFirst, up: layer.up,
            down: layer.down, gated: false, activation: configuration.activation),
        ]
      })
  }
}

extension Llama: TunableDecoder {
  var outputTail: OutputTail { OutputTail(norm: finalNorm, head: head) }

  func rotation(starts: [Int]) -> RotaryEmbedding.Rotation? {
    configuration.rotary.rotation(starts: starts, offsets: starts.dropLast().map { _ in 0 })
  }

  var stack: ResidualStack {
    ResidualStack(
      parts: layers.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, queryKeyValue: layer.queryKeyValue,
            output: layer.attentionOutput, queryNorm: layer.queryNorm, keyNorm: layer.keyNorm,
            attention: layer.attention),
          FeedForwardPart(
            norm: layer.feedForwardNorm, up: layer.gateAndUp, down: layer.down, gated: true,
            activation: configuration.activation),
        ]
      })
  }
}
