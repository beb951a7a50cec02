import Native
import Tensors

/// A learned cross-attention network that turns states of any number into a prompt of a fixed length.
///
///     x = Q                                       learned queries, [length, width]
///     x ← x + O attention(q(x̂), k(ĥ), v(ĥ))       for each layer, over an encoder's states h
///     x ← x + D gelu(U x̂)
///     p = P + size · W x̂                          P learned, [length, the prompt's width]
///
/// A hat is root-mean-square normalization. W is zero at first, so that learning begins with the
/// vectors P, the same for every input.
///
/// - Source: the shape is that of Levine et al. 2022, arXiv:2204.10019; they do not give sizes.
struct PromptConnector: Sendable {
  struct Shape: Equatable, Sendable {
    /// Vectors of the prompt, and floats of each.
    var length, promptWidth: Int
    /// Floats of an encoder's states.
    var stateWidth: Int
    var width, heads, layers: Int
    /// What W x̂ is multiplied by: the size of the frozen network's embeddings.
    var size: Float
  }

  private struct Layer: Sendable {
    let query, keyValue, output, up, down: LearnedMap
  }

  let shape: Shape
  let base: ParameterLayout.Slice
  private let queries: ParameterLayout.Slice
  private let layers: [Layer]
  private let out: LearnedMap
  private let attention: CachedAttention

  /// Lays the network out in `layout`.
  init(_ shape: Shape, in layout: inout ParameterLayout) {
    precondition(shape.width % shape.heads == 0, "expected heads that divide \(shape.width)")
    self.shape = shape
    let width = shape.width
    queries = layout.append("queries", rows: shape.length, columns: width)
    layers = (0..<shape.layers).map { layer in
      let name = "layers.\(layer)"
      return Layer(
        query: LearnedMap("\(name).query", from: width, to: width, in: &layout),
        keyValue: LearnedMap(
          "\(name).key_value", from: shape.stateWidth, to: 2 * width, in: &layout),
        output: LearnedMap("\(name).output", from: width, to: width, in: &layout),
        up: LearnedMap("\(name).up", from: width, to: 4 * width, in: &layout),
        down: LearnedMap("\(name).down", from: 4 * width, to: width, in: &layout))
    }
    out = LearnedMap("out", from: width, to: shape.promptWidth, bias: false, in: &layout)
    base = layout.append("base", rows: shape.length, columns: shape.promptWidth)
    let headWidth = width / shape.heads
    attention = CachedAttention(
      .init(
        heads: shape.heads, headWidth: headWidth, scale: 1 / Float(headWidth).squareRoot(),
        causal: false))
  }

  func initialize(_ parameters: inout [Float], using random: inout SplitMix64) {
    for i in queries.range { parameters[i] = random.normal(deviation: 1) }
    for layer in layers {
      for map in [layer.query, layer.keyValue, layer.output, layer.up, layer.down] {
        map.initialize(&parameters, using: &random)
      }
    }
  }

  // MARK: Forward

  /// What a pass keeps for the way back.
  struct Tape: Sendable {
    fileprivate let states: Tensor
    fileprivate let starts: [Int]
    /// What each layer's attention read, and what its feed-forward part did.
    fileprivate var attended: [Tensor] = []
    fileprivate var fed: [Tensor] = []
    fileprivate var last = Tensor(rows: 0, width: 0)
  }

  /// Prompts of all sequences, `[sequences · length, prompt width]`.
  ///
  /// - Parameters:
  ///   - states: an encoder's, of sequences of any lengths one after another.
  ///   - starts: first row of each, and the number of rows as the last element.
  func forward(
    _ states: Tensor, starts: [Int], _ parameters: [Float]
  ) -> (prompts: Tensor, tape: Tape) {
    let count = starts.count - 1
    var tape = Tape(states: states, starts: starts)
    var x = repeated(Tensor(parameters, queries), count)
    let normed = stateNorm(states)
    for layer in layers {
      tape.attended.append(x)
      let found = attend(layer, x, normed, starts, parameters).found
      add(layer.output(found, parameters), to: &x)
      tape.fed.append(x)
      let hidden = gelu(layer.up(norm(x), parameters))
      add(layer.down(hidden, parameters), to: &x)
    }
    tape.last = x
    var prompts = out(norm(x), parameters)
    for i in prompts.values.indices { prompts.values[i] *= shape.size }
    add(repeated(Tensor(parameters, base), count), to: &prompts)
    return (prompts, tape)
  }

  private func attend(
    _ layer: Layer, _ x: Tensor, _ states: Tensor, _ starts: [Int], _ parameters: [Float]
  ) -> (q: Tensor, kv: Tensor, found: Tensor) {
    let (q, kv) = (layer.query(norm(x), parameters), layer.keyValue(states, parameters))
    let found = attention(
      q, starts: queryStarts(starts), to: attention.caches(kv, starts: starts))
    return (q, kv, found)
  }

  private func queryStarts(_ starts: [Int]) -> [Int] { starts.indices.map { $0 * shape.length } }

  private func repeated(_ x: Tensor, _ count: Int) -> Tensor {
    Tensor(stacking: [Tensor](repeating: x, count: count), width: x.width)
  }

  private var norm: RMSNorm {
    RMSNorm(gain: [Float](repeating: 1, count: shape.width), epsilon: 1e-6)
  }
  private var stateNorm: RMSNorm {
    RMSNorm(gain: [Float](repeating: 1, count: shape.stateWidth), epsilon: 1e-6)
  }

  // MARK: Backward

  /// ∂loss/∂states for dy = ∂loss/∂prompts; the gradient of what is learned is added to `gradient`.
  func backward(
    _ dy: Tensor, _ tape: Tape, _ parameters: [Float], into gradient: inout [Float]
  ) -> Tensor {
    addSums(of: dy, to: base, &gradient)
    var scaled = dy
    for i in scaled.values.indices { scaled.values[i] *= shape.size }
    let dLast = out.backward(scaled, from: norm(tape.last), parameters, into: &gradient)
    var dx = norm.backward(dLast, from: tape.last)
    let normed = stateNorm(tape.states)
    var dNormed = Tensor(rows: normed.rows, width: normed.width)
    for (index, layer) in layers.enumerated().reversed() {
      add(feedBackward(layer, dx, tape.fed[index], parameters, &gradient), to: &dx)
      let x = tape.attended[index]
      let (q, kv, found) = attend(layer, x, normed, tape.starts, parameters)
      let dFound = layer.output.backward(dx, from: found, parameters, into: &gradient)
      var nothing: [Float] = []
      let (dq, dkv) = attention.backward(
        dFound, from: q, starts: queryStarts(tape.starts), to: kv, keyStarts: tape.starts,
        into: &nothing)
      add(layer.keyValue.backward(dkv, from: normed, parameters, into: &gradient), to: &dNormed)
      let dRead = layer.query.backward(dq, from: norm(x), parameters, into: &gradient)
      add(norm.backward(dRead, from: x), to: &dx)
    }
    addSums(of: dx, to: queries, &gradient)
    return stateNorm.backward(dNormed, from: tape.states)
  }

  /// ∂loss/∂x through the feed-forward part alone.
  private func feedBackward(
    _ layer: Layer, _ dy: Tensor, _ x: Tensor, _ parameters: [Float], _ gradient: inout [Float]
  ) -> Tensor {
    let read = norm(x)
    let hidden = layer.up(read, parameters)
    let dHidden = layer.down.backward(dy, from: gelu(hidden), parameters, into: &gradient)
    let dRead = layer.up.backward(
      geluBackward(hidden, dHidden), from: read, parameters, into: &gradient)
    return norm.backward(dRead, from: x)
  }

  /// What all sequences begin with alike has the sum of their gradients.
  private func addSums(
    of dx: Tensor, to slice: ParameterLayout.Slice, _ gradient: inout [Float]
  ) {
    for start in stride(from: 0, to: dx.rows, by: shape.length) {
      add(dx.rows(start..<start + shape.length).values, to: &gradient, from: slice.offset)
    }
  }
}
