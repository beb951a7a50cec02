import Native
import Tensors

/// The BERT encoder, every weight frozen: a post-norm transformer with learned positions and the
/// exact GELU. Its relatives (`BERTFamily`) are the same network but for places and segments.
///
/// Read from the top: embeddings, then for each layer attention and feed-forward, each added to its
/// input and normalized. The backward pass stands below the forward pass and stops at the first
/// layer's learned modules: frozen weights have no gradients.
///
/// - Source: Devlin et al. 2019, arXiv:1810.04805; tensor names as HuggingFace saves them.
package struct BERT: Sendable {
  package let configuration: BERTConfiguration
  package let embeddings: Embeddings
  package internal(set) var layers: [Layer]
  /// What distances add to attention's scores, where they add anything.
  let distances: DistanceBias?

  /// Word + position + segment embedding, normalized.
  package struct Embeddings: Sendable {
    /// `[vocabulary, width]`, `[positions, width]`, `[segments, width]`; zeros for no segments.
    package let word, position, segment: FloatTable
    /// See `BERTConfiguration`.
    let paddingID: Int32?
    package let norm: LayerNorm

    func callAsFunction(_ batch: RaggedBatch) -> Tensor {
      let width = norm.gain.count
      var x = Tensor(rows: batch.tokens, width: width)
      let (words, positions, segments) = (word.span, position.span, segment.span)
      for sequence in 0..<batch.count {
        let rows = batch.range(sequence)
        for (token, place) in zip(rows, places(of: batch.ids[rows])) {
          let wordRow = Int(batch.ids[token]) * width
          let positionRow = place * width
          let segmentRow = Int(batch.segments[token]) * width
          for i in 0..<width {
            x.values[token * width + i] =
              words[wordRow + i] + positions[positionRow + i] + segments[segmentRow + i]
          }
        }
      }
      return norm(x)
    }

    /// The row of each token's position: a padding token that stands in a text counts for nothing.
    private func places(of ids: ArraySlice<Int32>) -> [Int] {
      guard let paddingID else { return Array(0..<ids.count) }
      var place = Int(paddingID)
      return ids.map { id in
        if id == paddingID { return Int(paddingID) }
        place += 1
        return place
      }
    }
  }

  /// A learned bias by distance, the same in all layers.
  ///
  /// - Source: Song et al. 2020, arXiv:2004.09297; buckets as in T5.
  struct DistanceBias: Sendable {
    let positions: RelativePositions
    /// `[buckets, heads]`.
    let table: [Float]
    let heads: Int

    func callAsFunction(_ batch: RaggedBatch) -> PositionBias {
      positions.bias(table, heads: heads, reach: batch.longest, bidirectional: true)
    }
  }

  package struct Layer: Sendable {
    package var query, key, value, attentionOutput: Linear
    package let attentionNorm: LayerNorm
    /// The feed-forward layer, width to hidden and back.
    package var up, down: Linear
    package let outputNorm: LayerNorm
  }

  /// The same network with every linear map on 8-bit integers: faster where the processor has
  /// byte dot products, its states at a cosine of 0.997 on average to the exact ones.
  package var quantized: BERT {
    replacingLinears { _, _, linear in linear.quantized }
  }

  // MARK: Forward

  /// The last layer's states, `[tokens, width]`.
  package func callAsFunction(_ batch: RaggedBatch) -> Tensor {
    let bias = distances?(batch)
    return layers.reduce(embed(batch)) { forward($1, $0, batch, bias) }
  }

  /// The states after each of `depths` layers (0 is the embeddings), in that order.
  package func states(_ batch: RaggedBatch, after depths: [Int]) -> [Tensor] {
    var states = [embed(batch)]
    let bias = distances?(batch)
    for layer in layers.prefix(depths.max() ?? 0) {
      states.append(forward(layer, states[states.count - 1], batch, bias))
    }
    return depths.map { states[$0] }
  }

  /// The last layer's states, and what the backward pass needs.
  ///
  /// - Requires: a network without a bias by distance.
  package func forward(_ batch: RaggedBatch) -> (states: Tensor, tape: Tape) {
    precondition(distances == nil, "expected a network without a bias by distance, found one")
    var tape = Tape()
    var x = embed(batch)
    for layer in layers {
      var record = LayerRecord(input: x)
      x = forward(layer, x, batch, &record)
      tape.layers.append(record)
    }
    return (x, tape)
  }

  private func embed(_ batch: RaggedBatch) -> Tensor {
    precondition(
      batch.longest <= configuration.maxPositions,
      "expected at most \(configuration.maxPositions) tokens, found \(batch.longest)")
    return embeddings(batch)
  }

  private func forward(
    _ layer: Layer, _ x: Tensor, _ batch: RaggedBatch, _ bias: PositionBias?
  ) -> Tensor {
    let context = attend(q: layer.query(x), k: layer.key(x), v: layer.value(x), batch, bias)
    let attended = layer.attentionNorm(layer.attentionOutput(context), adding: x)
    return layer.outputNorm(layer.down(layer.up(attended, gelu: true)), adding: attended)
  }

  private func attend(
    q: Tensor, k: Tensor, v: Tensor, _ batch: RaggedBatch, _ bias: PositionBias?
  ) -> Tensor {
    guard let bias else {
      var nothing: [[Float]]? = nil
      return RaggedAttention(heads: configuration.headCount, starts: batch.starts)
        .forward(q: q, k: k, v: v, keeping: &nothing)
    }
    let width = q.width / configuration.headCount
    let attention = CachedAttention(
      .init(
        heads: configuration.headCount, headWidth: width, scale: 1 / Float(width).squareRoot(),
        causal: false))
    let joined = Tensor(joining: Tensor(joining: q, k), v)
    return attention(joined, starts: batch.starts, bias: bias)
  }

  /// The same, keeping every intermediate value.
  private func forward(
    _ layer: Layer, _ x: Tensor, _ batch: RaggedBatch, _ record: inout LayerRecord
  ) -> Tensor {
    let attention = RaggedAttention(heads: configuration.headCount, starts: batch.starts)
    record.query = layer.query(x)
    record.key = layer.key(x)
    record.value = layer.value(x)
    record.context = attention.forward(
      q: record.query, k: record.key, v: record.value, keeping: &record.probabilities)
    record.attended = layer.attentionNorm.forward(
      layer.attentionOutput(record.context), adding: x, keeping: &record.attentionNormalized)
    record.up = layer.up(record.attended)
    record.hidden = gelu(record.up)
    return layer.outputNorm.forward(
      layer.down(record.hidden), adding: record.attended, keeping: &record.outputNormalized)
  }

  // MARK: Backward

  package struct Tape: Sendable {
    var layers: [LayerRecord] = []
  }

  /// One layer's intermediate values.
  struct LayerRecord: Sendable {
    let input: Tensor
    var query = Tensor(rows: 0, width: 0)
    var key = Tensor(rows: 0, width: 0)
    var value = Tensor(rows: 0, width: 0)
    var probabilities: [[Float]]? = []
    var context = Tensor(rows: 0, width: 0)
    var attentionNormalized: Kernels.Normalized? = .init()
    var attended = Tensor(rows: 0, width: 0)
    /// The feed-forward layer before and after GELU.
    var up = Tensor(rows: 0, width: 0)
    var hidden = Tensor(rows: 0, width: 0)
    var outputNormalized: Kernels.Normalized? = .init()
  }

  /// Adds to `gradient` the loss's gradient with respect to the modules inside this network, given
  /// dy = ∂loss/∂(last states). The network is the one that `lora` was merged into.
  package func backward(
    _ dy: Tensor, _ batch: RaggedBatch, _ tape: Tape, lora: LoRA, parameters: [Float],
    into gradient: inout [Float]
  ) {
    let attention = RaggedAttention(heads: configuration.headCount, starts: batch.starts)
    var dy = dy
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let record = tape.layers[index]
      /// Through y = x Wᵀ: the module's share of the gradient, then dx += dy W.
      func through(_ site: LinearSite, _ linear: Linear, x: Tensor, _ dy: Tensor) -> Tensor {
        var dx = Tensor(rows: x.rows, width: x.width)
        through(site, linear, x: x, dy, into: &dx)
        return dx
      }
      func through(
        _ site: LinearSite, _ linear: Linear, x: Tensor, _ dy: Tensor, into dx: inout Tensor
      ) {
        lora.backward(layer: index, site, x: x, dy, parameters: parameters, into: &gradient)
        linear.backward(dy, into: &dx)
      }
      // output = norm(down(gelu(up(attended))) + attended)
      var dAttended = layer.outputNorm.backward(dy, record.outputNormalized!)
      let dHidden = through(.down, layer.down, x: record.hidden, dAttended)
      let dUp = geluBackward(record.up, dHidden)
      through(.up, layer.up, x: record.attended, dUp, into: &dAttended)
      // attended = norm(attentionOutput(context) + input)
      var dInput = layer.attentionNorm.backward(dAttended, record.attentionNormalized!)
      let dContext = through(
        .attentionOutput, layer.attentionOutput, x: record.context, dInput)
      let (dq, dk, dv) = attention.backward(
        dContext, q: record.query, k: record.key, v: record.value,
        probabilities: record.probabilities!)
      through(.query, layer.query, x: record.input, dq, into: &dInput)
      through(.key, layer.key, x: record.input, dk, into: &dInput)
      through(.value, layer.value, x: record.input, dv, into: &dInput)
      dy = dInput
    }
  }
}
