import Native
import Tensors

/// The pass that keeps what gradients need, and the way back, which stops at the rows that the first
/// layer reads: frozen weights have no gradients.
extension BERT {
  package struct Tape: Sendable {
    /// What stood before each sequence, and the first rows of the sequences with it.
    fileprivate let prompt: Tensor?
    fileprivate let starts: [Int]
    fileprivate var layers: [Record] = []

    /// Keys and values of each layer, side by side, `[rows, 2 width]`.
    var keysAndValues: [Tensor] { layers.map { Tensor(joining: $0.key, $0.value) } }
  }

  /// One layer's intermediate values.
  fileprivate struct Record: Sendable {
    let input: Tensor
    var query = Tensor(rows: 0, width: 0)
    var key = Tensor(rows: 0, width: 0)
    var value = Tensor(rows: 0, width: 0)
    /// Empty where a prefix stands before the keys: they are computed anew on the way back.
    var probabilities: [[Float]]? = []
    var context = Tensor(rows: 0, width: 0)
    var attentionNormalized: Kernels.Normalized? = .init()
    var attended = Tensor(rows: 0, width: 0)
    /// The feed-forward layer before and after GELU.
    var up = Tensor(rows: 0, width: 0)
    var hidden = Tensor(rows: 0, width: 0)
    var outputNormalized: Kernels.Normalized? = .init()
  }

  /// The last layer's states, `[tokens, width]`, and what the way back needs.
  ///
  /// - Parameter prompt: rows that the first layer reads before each sequence.
  /// - Requires: a network without a bias by distance.
  func forward(_ batch: RaggedBatch, after prompt: Tensor? = nil) -> (states: Tensor, tape: Tape) {
    precondition(distances == nil, "expected a network without a bias by distance, found one")
    var (x, starts) = embed(batch, after: prompt)
    var tape = Tape(prompt: prompt, starts: starts)
    for layer in layers {
      var record = Record(input: x)
      x = layer.forward(x, starts: starts, &record)
      tape.layers.append(record)
    }
    return (x.split(from: prompt, starts: starts).text, tape)
  }

  /// ∂loss/∂prompt, a tensor without rows for no prompt, given dy = ∂loss/∂(last states). The network
  /// is the one that the modules were put into.
  ///
  /// - Parameters:
  ///   - lora: what was merged, if anything; its gradient is added to `gradient`.
  ///   - parameters: all that is learned, where `lora` knows its part.
  ///   - prefixes: the gradient of the layers' prefixes is added to it, where they say.
  func backward(
    _ dy: Tensor, _ batch: RaggedBatch, _ tape: Tape, lora: LoRA?, parameters: [Float],
    into gradient: inout [Float], prefixes: inout [Float]
  ) -> Tensor {
    let starts = tape.starts
    var dy = dy
    if let prompt = tape.prompt {
      // Nothing was read of the prompt's last states.
      let zeros = Tensor(rows: prompt.rows, width: prompt.width)
      dy = dy.preceded(by: [zeros], starts: batch.starts).rows
    }
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let record = tape.layers[index]
      /// Through y = x Wᵀ: the module's share of the gradient, then dx += dy W.
      func through(_ site: LinearSite, x: Tensor, _ dy: Tensor, into dx: inout Tensor) {
        lora?.backward(layer: index, site, x: x, dy, parameters: parameters, into: &gradient)
        layer[keyPath: site.path].backward(dy, into: &dx)
      }
      func through(_ site: LinearSite, x: Tensor, _ dy: Tensor) -> Tensor {
        var dx = Tensor(rows: x.rows, width: x.width)
        through(site, x: x, dy, into: &dx)
        return dx
      }
      // output = norm(down(gelu(up(attended))) + attended)
      var dAttended = layer.outputNorm.backward(dy, record.outputNormalized!)
      let dHidden = through(.down, x: record.hidden, dAttended)
      let dUp = geluBackward(record.up, dHidden)
      through(.up, x: record.attended, dUp, into: &dAttended)
      // attended = norm(attentionOutput(context) + input)
      var dInput = layer.attentionNorm.backward(dAttended, record.attentionNormalized!)
      let dContext = through(.attentionOutput, x: record.context, dInput)
      let (dq, dk, dv) = layer.attendBackward(
        dContext, starts: starts, record, into: &prefixes)
      through(.query, x: record.input, dq, into: &dInput)
      through(.key, x: record.input, dk, into: &dInput)
      through(.value, x: record.input, dv, into: &dInput)
      dy = dInput
    }
    return dy.split(from: tape.prompt, starts: starts).prompt
  }
}

extension BERT.Layer {
  fileprivate func forward(_ x: Tensor, starts: [Int], _ record: inout BERT.Record) -> Tensor {
    record.query = query(x)
    record.key = key(x)
    record.value = value(x)
    record.context =
      attention.prefix == nil
      ? RaggedAttention(heads: attention.how.heads, starts: starts).forward(
        q: record.query, k: record.key, v: record.value, keeping: &record.probabilities)
      : attention(joined(record.query, record.key, record.value), starts: starts)
    record.attended = attentionNorm.forward(
      attentionOutput(record.context), adding: x, keeping: &record.attentionNormalized)
    record.up = up(record.attended)
    record.hidden = gelu(record.up)
    return outputNorm.forward(
      down(record.hidden), adding: record.attended, keeping: &record.outputNormalized)
  }

  /// ∂loss/∂(queries, keys, values) for dy = ∂loss/∂context.
  fileprivate func attendBackward(
    _ dy: Tensor, starts: [Int], _ record: BERT.Record, into prefixes: inout [Float]
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    if attention.prefix == nil {
      return RaggedAttention(heads: attention.how.heads, starts: starts).backward(
        dy, q: record.query, k: record.key, v: record.value,
        probabilities: record.probabilities!)
    }
    let joined = joined(record.query, record.key, record.value)
    let dx = attention.backward(dy, from: joined, starts: starts, into: &prefixes)
    let width = dy.width
    return (
      dx.columns(0..<width), dx.columns(width..<2 * width), dx.columns(2 * width..<3 * width)
    )
  }
}
