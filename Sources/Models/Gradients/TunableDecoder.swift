import Native
import Tensors

/// A decoder whose layers are stated as parts that gradients flow through.
protocol TunableDecoder: DecoderNetwork, TunableNetwork {
  associatedtype Layer: TunableLayer
  var layers: [Layer] { get set }
  var head: Projection { get set }
  var stack: ResidualStack { get }
  var outputTail: OutputTail { get }

  /// What the first layer reads of embeddings, or of a prompt's vectors, at places of their texts.
  func enter(_ rows: Tensor, places: [Int]) -> Tensor

  /// ∂loss/∂rows for dx = ∂loss/∂(what the first layer reads).
  func enterBackward(_ dx: Tensor, from rows: Tensor, into inside: inout [Float]) -> Tensor

  /// The angles of a ragged batch's rows; nil where places are learned.
  func rotation(starts: [Int], offsets: [Int]) -> RotaryEmbedding.Rotation?
}

/// What learned parts attach to in a layer.
protocol TunableLayer: Sendable {
  var queryKeyValue: Projection { get set }
  var attention: CachedAttention { get set }
  var attentionOutput: Projection { get set }
  var up: Projection { get set }
  var down: Projection { get set }
}

extension TunableDecoder {
  func enter(_ rows: Tensor, places: [Int]) -> Tensor { rows }
  func enterBackward(_ dx: Tensor, from rows: Tensor, into inside: inout [Float]) -> Tensor { dx }
  func rotation(starts: [Int], offsets: [Int]) -> RotaryEmbedding.Rotation? { nil }

  /// Learned keys and values before each text's.
  var prefixLength: Int { layers.first?.attention.prefixLength ?? 0 }
  package var learnedPositions: Int { prefixLength }

  package mutating func changeAttentions(
    _ change: (AttentionSite, inout CachedAttention) -> Void
  ) {
    for layer in layers.indices {
      change(AttentionSite(kind: .decoder, layer: layer), &layers[layer].attention)
    }
  }

  package mutating func changeMaps(_ change: (inout Projection) -> Void) {
    changeLayersAndHead(change)
  }

  mutating func changeLayersAndHead(_ change: (inout Projection) -> Void) {
    for layer in layers.indices {
      change(&layers[layer].queryKeyValue)
      change(&layers[layer].attentionOutput)
      change(&layers[layer].up)
      change(&layers[layer].down)
    }
    change(&head)
  }

  package func loss(
    _ pairs: [TokenPair], after prompts: [PromptRows], _ loss: TokenLoss, scale: Float,
    addingTo gradient: inout LearnedGradient?
  ) -> Double {
    precondition(
      prompts.allSatisfy { $0.decoder.rows == 0 }, "expected no prompt of a decoder's own")
    // Forward.
    let text = RaggedRows(
      prompts.map(\.input), before: pairs.map { $0.input + $0.target.dropLast() }, tokens)
    var tapes: [PartTape]? = gradient == nil ? nil : []
    let (states, pass) = forward(text, keeping: &tapes)
    let predicting = text.predicting(pairs.map(\.target.count))
    precondition(
      predicting.first.map { $0 >= 0 } ?? true, "expected a text to go on with")
    var dStates: Tensor? = gradient == nil ? nil : Tensor(rows: 0, width: states.width)
    var inside = gradient?.inside ?? []
    let sum = outputTail.loss(
      states.gathering(predicting), targets: pairs.flatMap(\.target), loss, scale: scale,
      dStates: &dStates, inside: &inside)
    guard let dStates, let tapes else { return sum }

    // Backward.
    var gradients = PassGradients(source: Tensor(rows: 0, width: states.width), inside: inside)
    let dx = stack.backward(
      dStates.scattered(to: predicting, rows: states.rows), tapes, pass, into: &gradients)
    let dRows = enterBackward(dx, from: text.rows, into: &gradients.inside)
    text.backward(dRows, tokens, into: &gradients.inside)
    gradient!.inside = gradients.inside
    gradient!.addFirstRows(of: dRows, starts: text.starts, to: \.input)
    return sum
  }

  package func keysAndValues(of tokens: [Int32]) -> [Tensor] {
    let nothing = Tensor(rows: 0, width: self.tokens.width)
    let text = RaggedRows([nothing], before: [tokens], self.tokens)
    var tapes: [PartTape]? = []
    let (_, pass) = forward(text, keeping: &tapes)
    return stack.keysAndValues(tapes ?? [], pass)
  }

  /// The last layer's states of a ragged batch.
  private func forward(
    _ text: RaggedRows, keeping tapes: inout [PartTape]?
  ) -> (states: Tensor, pass: Pass) {
    let starts = text.starts
    let offsets = starts.dropLast().map { _ in prefixLength }
    let pass = Pass(starts: starts, rotation: rotation(starts: starts, offsets: offsets))
    let places = zip(starts, starts.dropFirst()).flatMap {
      prefixLength..<prefixLength + $1 - $0
    }
    return (stack.forward(enter(text.rows, places: places), pass, keeping: &tapes), pass)
  }
}

extension GPT2: TunableDecoder {
  package var adapterRoot: String { "transformer." }

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
  package var adapterRoot: String { "model." }

  package mutating func changeMaps(_ change: (inout Projection) -> Void) {
    if projectIn != nil { change(&projectIn!) }
    if projectOut != nil { change(&projectOut!) }
    changeLayersAndHead(change)
  }

  var outputTail: OutputTail { OutputTail(norm: finalNorm, projectOut: projectOut, head: head) }

  func enterBackward(_ dx: Tensor, from rows: Tensor, into inside: inout [Float]) -> Tensor {
    projectIn?.backward(dx, from: rows, into: &inside) ?? dx
  }

  var stack: ResidualStack {
    ResidualStack(
      parts: layers.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, normFirst: configuration.normFirst,
            queryKeyValue: layer.queryKeyValue, output: layer.attentionOutput,
            attention: layer.attention),
          FeedForwardPart(
            norm: layer.feedForwardNorm, normFirst: configuration.normFirst, up: layer.up,
            down: layer.down, gated: false, activation: configuration.activation),
        ]
      })
  }
}

extension Llama: TunableDecoder {
  package var adapterRoot: String { "model." }

  var outputTail: OutputTail { OutputTail(norm: finalNorm, head: head) }

  func rotation(starts: [Int], offsets: [Int]) -> RotaryEmbedding.Rotation? {
    configuration.rotary.rotation(starts: starts, offsets: offsets)
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
            norm: layer.feedForwardNorm, up: layer.up, down: layer.down, gated: true,
            activation: configuration.activation),
        ]
      })
  }
}
