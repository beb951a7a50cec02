import Native
import Tensors

/// The BERT encoder, every weight frozen: a post-norm transformer with learned positions and the
/// exact GELU. Its relatives (`BERTFamily`) are the same network but for places and segments.
///
/// Read from the top: embeddings, then for each layer attention and feed-forward, each added to its
/// input and normalized. The pass that keeps what gradients need, and the way back, stand in
/// `BERT+Gradient`.
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
    let table: DistanceTable

    func callAsFunction(_ batch: RaggedBatch) -> PositionBias {
      positions.bias(table, reach: batch.longest, bidirectional: true)
    }
  }

  package struct Layer: Sendable {
    package var query, key, value, attentionOutput: Linear
    /// Where a module may put keys and values before those of every sequence.
    var attention: CachedAttention
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
  ///
  /// - Parameter prompt: rows that the first layer reads before each sequence.
  package func callAsFunction(_ batch: RaggedBatch, after prompt: Tensor? = nil) -> Tensor {
    let (x, starts) = embed(batch, after: prompt)
    let bias = distances?(batch)
    let states = layers.reduce(x) { $1.forward($0, starts: starts, bias) }
    return states.split(from: prompt, starts: starts).text
  }

  /// The states after each of `depths` layers (0 is the embeddings), in that order.
  package func states(_ batch: RaggedBatch, after depths: [Int]) -> [Tensor] {
    var states = [embed(batch)]
    let bias = distances?(batch)
    for layer in layers.prefix(depths.max() ?? 0) {
      states.append(layer.forward(states[states.count - 1], starts: batch.starts, bias))
    }
    return depths.map { states[$0] }
  }

  /// What the first layer reads, `[tokens, width]`.
  func embed(_ batch: RaggedBatch) -> Tensor {
    precondition(
      batch.longest <= configuration.maxPositions,
      "expected at most \(configuration.maxPositions) tokens, found \(batch.longest)")
    return embeddings(batch)
  }

  /// The same, each sequence behind a prompt.
  ///
  /// - Requires: a network without a bias by distance, if there is a prompt.
  func embed(_ batch: RaggedBatch, after prompt: Tensor?) -> (rows: Tensor, starts: [Int]) {
    let x = embed(batch)
    guard let prompt else { return (x, batch.starts) }
    precondition(distances == nil, "expected a network without a bias by distance, found one")
    return x.preceded(by: [prompt], starts: batch.starts)
  }
}

extension Tensor {
  /// Sequences without the prompt that stands before each, and the sum of what they lack.
  ///
  /// - Parameter starts: those of the sequences with the prompt.
  func split(from prompt: Tensor?, starts: [Int]) -> (text: Tensor, prompt: Tensor) {
    var sum = [Tensor(rows: prompt?.rows ?? 0, width: width)]
    if prompt == nil { return (self, sum[0]) }
    let text = split(after: &sum, starts: starts)
    return (text, sum[0])
  }
}

extension BERT.Layer {
  fileprivate func forward(_ x: Tensor, starts: [Int], _ bias: PositionBias?) -> Tensor {
    let context = attend(q: query(x), k: key(x), v: value(x), starts: starts, bias)
    let attended = attentionNorm(attentionOutput(context), adding: x)
    return outputNorm(down(up(attended, gelu: true)), adding: attended)
  }

  private func attend(
    q: Tensor, k: Tensor, v: Tensor, starts: [Int], _ bias: PositionBias?
  ) -> Tensor {
    guard bias == nil && attention.prefix == nil else {
      return attention(joined(q, k, v), starts: starts, bias: bias)
    }
    var nothing: [[Float]]? = nil
    return RaggedAttention(heads: attention.how.heads, starts: starts)
      .forward(q: q, k: k, v: v, keeping: &nothing)
  }

  /// Queries, keys and values side by side, as `CachedAttention` reads them.
  func joined(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
    Tensor(joining: Tensor(joining: q, k), v)
  }
}
