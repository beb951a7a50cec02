import Native
import Tensors

/// The encoder of a T5, every weight frozen: states of whole sources, which a decoder attends to, or
/// whoever else can use them.
package struct T5Encoder: Sendable {
  package let configuration: T5Configuration
  package let tokens: Embedding
  var layers: [Layer]
  /// The first layer's, which all layers use.
  let bias: DistanceTable
  let norm: RMSNorm

  struct Layer: Sendable {
    let attentionNorm: RMSNorm
    var queryKeyValue, attentionOutput: Projection
    var attention: CachedAttention
    var feedForward: T5.FeedForward
  }

  /// The last states, `[tokens, width]`.
  ///
  /// - Parameters:
  ///   - rows: embeddings of tokens, or a prompt's vectors in their place.
  ///   - starts: first row of each source, and their number as the last element.
  package func callAsFunction(_ rows: Tensor, starts: [Int]) -> Tensor {
    let bias = positionBias(starts: starts)
    var x = rows
    for layer in layers {
      let qkv = layer.queryKeyValue(layer.attentionNorm(x))
      layer.attentionOutput(layer.attention(qkv, starts: starts, bias: bias), addingTo: &x)
      layer.feedForward(&x)
    }
    return norm(x)
  }

  private func positionBias(starts: [Int]) -> PositionBias {
    let longest = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    return configuration.positions.bias(
      bias, reach: longest + prefixLength, bidirectional: true)
  }

  /// Learned keys and values before each source's.
  var prefixLength: Int { layers.first?.attention.prefixLength ?? 0 }

  // MARK: Gradient

  /// What the way back needs.
  package struct Tape: Sendable {
    fileprivate let parts: [PartTape]
    fileprivate let last: Tensor
  }

  /// The same states, and what the way back from them needs.
  package func forward(_ rows: Tensor, starts: [Int]) -> (states: Tensor, tape: Tape) {
    var parts: [PartTape]? = []
    let last = stack.forward(rows, pass(starts), keeping: &parts)
    return (norm(last), Tape(parts: parts ?? [], last: last))
  }

  /// ∂loss/∂rows for dy = ∂loss/∂states; what was learned inside adds its gradient to `inside`.
  package func backward(
    _ dy: Tensor, starts: [Int], _ tape: Tape, into inside: inout [Float]
  ) -> Tensor {
    var gradients = PassGradients(source: Tensor(rows: 0, width: dy.width), inside: inside)
    inside = []
    let dLast = norm.backward(dy, from: tape.last, into: &gradients.inside)
    let dx = stack.backward(dLast, tape.parts, pass(starts), into: &gradients)
    inside = gradients.inside
    return dx
  }

  /// The last states, and what each layer's attention sees of the source.
  func keysAndValues(_ rows: Tensor, starts: [Int]) -> (states: Tensor, keysAndValues: [Tensor]) {
    let (states, tape) = forward(rows, starts: starts)
    return (states, stack.keysAndValues(tape.parts, pass(starts)))
  }

  private func pass(_ starts: [Int]) -> Pass {
    Pass(starts: starts, bias: positionBias(starts: starts))
  }

  private var stack: ResidualStack {
    ResidualStack(
      parts: layers.flatMap { layer -> [any ResidualPart] in
        [
          AttentionPart(
            norm: layer.attentionNorm, queryKeyValue: layer.queryKeyValue,
            output: layer.attentionOutput, attention: layer.attention),
          layer.feedForward.part,
        ]
      })
  }

  /// Whether something was learned inside.
  var isAdapted: Bool {
    layers.contains { layer in
      layer.attention.prefix != nil
        || ![
          layer.queryKeyValue, layer.attentionOutput, layer.feedForward.up, layer.feedForward.down,
        ].allSatisfy(\.isFrozen)
    }
  }

  mutating func changeMaps(_ change: (inout Projection) -> Void) {
    for index in layers.indices {
      change(&layers[index].queryKeyValue)
      change(&layers[index].attentionOutput)
      layers[index].feedForward.changeMaps(change)
    }
  }

  /// Embeddings of sources, each behind the same vectors.
  package func rows(_ prompt: Tensor, before sources: [[Int32]]) -> (rows: Tensor, starts: [Int]) {
    let batch = RaggedRows([prompt], before: sources, tokens)
    return (batch.rows, batch.starts)
  }
}
