import Native
import Tensors

/// One learned transformer block on top of a frozen network's last states, pre-norm.
///
///     z = x + O attention(Q n₁(x), K n₁(x), V n₁(x))
///     y = z + D gelu(U n₂(z)),      each linear map with its bias
///
/// O and D start at zero, so that the block starts as the identity.
///
/// - Shapes: x, y `[tokens, width]`.
/// - Source: Vaswani et al. 2017, arXiv:1706.03762; normalized before each part as in Xiong et al.
///   2020, arXiv:2002.04745.
package struct InteractionBlock: Sendable {
  private struct Map: Sendable {
    let weight, bias: ParameterLayout.Slice
  }

  private let heads: Int
  private let query, key, value, output, up, down: Map
  private let firstNorm, secondNorm: Map

  /// Lays the block out in `layout`.
  package init(width: Int, hidden: Int, heads: Int, in layout: inout ParameterLayout) {
    func map(_ name: String, _ outputs: Int, _ inputs: Int) -> Map {
      Map(
        weight: layout.append("block.\(name).weight", rows: outputs, columns: inputs),
        bias: layout.append("block.\(name).bias", rows: 1, columns: outputs))
    }
    self.heads = heads
    query = map("query", width, width)
    key = map("key", width, width)
    value = map("value", width, width)
    output = map("output", width, width)
    up = map("up", hidden, width)
    down = map("down", width, hidden)
    firstNorm = map("firstNorm", 1, width)
    secondNorm = map("secondNorm", 1, width)
  }

  package func initialize(_ parameters: inout [Float], using random: inout SplitMix64) {
    for map in [query, key, value, up] {
      let deviation = 1 / Float(map.weight.columns).squareRoot()
      for i in map.weight.range { parameters[i] = random.normal(deviation: deviation) }
    }
    for map in [firstNorm, secondNorm] {
      for i in map.weight.range { parameters[i] = 1 }
    }
  }

  // MARK: Forward

  /// The block with its parameters in place.
  struct Instance: Sendable {
    let query, key, value, output, up, down: Linear
    let firstNorm, secondNorm: LayerNorm
  }

  func instance(_ parameters: [Float]) -> Instance {
    func linear(_ map: Map) -> Linear {
      Linear(
        weight: FloatTable(Array(parameters[map.weight.range])), outputs: map.weight.rows,
        inputs: map.weight.columns, bias: Array(parameters[map.bias.range]))
    }
    func norm(_ map: Map) -> LayerNorm {
      LayerNorm(
        gain: Array(parameters[map.weight.range]),
        bias: [Float](repeating: 0, count: map.weight.columns), epsilon: 1e-5)
    }
    return Instance(
      query: linear(query), key: linear(key), value: linear(value), output: linear(output),
      up: linear(up), down: linear(down), firstNorm: norm(firstNorm),
      secondNorm: norm(secondNorm))
  }

  struct Tape: Sendable {
    var normed, query, key, value, context, secondNormed, up, hidden: Tensor
    var probabilities: [[Float]]
    var first, second: Kernels.Normalized
  }

  func forward(_ x: Tensor, starts: [Int], _ block: Instance) -> (y: Tensor, tape: Tape) {
    let attention = RaggedAttention(heads: heads, starts: starts)
    var first: Kernels.Normalized? = .init()
    var second: Kernels.Normalized? = .init()
    var probabilities: [[Float]]? = []
    let normed = block.firstNorm.forward(x, keeping: &first)
    let (q, k, v) = (block.query(normed), block.key(normed), block.value(normed))
    let context = attention.forward(q: q, k: k, v: v, keeping: &probabilities)
    var z = block.output(context)
    add(x, to: &z)
    let secondNormed = block.secondNorm.forward(z, keeping: &second)
    let up = block.up(secondNormed)
    let hidden = gelu(up)
    var y = block.down(hidden)
    add(z, to: &y)
    return (
      y,
      Tape(
        normed: normed, query: q, key: k, value: v, context: context, secondNormed: secondNormed,
        up: up, hidden: hidden, probabilities: probabilities!, first: first!, second: second!)
    )
  }

  // MARK: Backward

  /// Adds the block's gradient to `gradient` and returns ∂loss/∂x for dy = ∂loss/∂y.
  func backward(
    _ dy: Tensor, starts: [Int], _ block: Instance, _ tape: Tape, into gradient: inout [Float]
  ) -> Tensor {
    /// Through y = x Wᵀ + b: dW += dyᵀ x, db += Σ dy, dx += dy W.
    func through(
      _ map: Map, _ linear: Linear, x: Tensor, _ dy: Tensor, into dx: inout Tensor
    ) {
      BLAS.multiply(
        MatrixView(dy.values.span, rows: dy.rows, columns: dy.width), transposingA: true,
        MatrixView(x.values.span, rows: x.rows, columns: x.width), into: &gradient,
        from: map.weight.offset, beta: 1)
      addColumnSums(of: dy, to: &gradient, from: map.bias.offset)
      linear.backward(dy, into: &dx)
    }
    /// Through y = n(x): d gain += Σ dy ∘ normalized.
    func through(
      _ map: Map, _ norm: LayerNorm, _ normalized: Kernels.Normalized, _ dy: Tensor
    ) -> Tensor {
      var products = dy
      for i in products.values.indices { products.values[i] *= normalized.values[i] }
      addColumnSums(of: products, to: &gradient, from: map.weight.offset)
      return norm.backward(dy, normalized)
    }
    func zeros(like x: Tensor) -> Tensor { Tensor(rows: x.rows, width: x.width) }

    // y = z + down(gelu(up(n₂(z))))
    var dHidden = zeros(like: tape.hidden)
    through(down, block.down, x: tape.hidden, dy, into: &dHidden)
    var dSecond = zeros(like: tape.secondNormed)
    through(
      up, block.up, x: tape.secondNormed, geluBackward(tape.up, dHidden), into: &dSecond)
    var dz = through(secondNorm, block.secondNorm, tape.second, dSecond)
    add(dy, to: &dz)
    // z = x + output(attention(n₁(x)))
    var dContext = zeros(like: tape.context)
    through(output, block.output, x: tape.context, dz, into: &dContext)
    let (dq, dk, dv) = RaggedAttention(heads: heads, starts: starts).backward(
      dContext, q: tape.query, k: tape.key, v: tape.value, probabilities: tape.probabilities)
    var dNormed = zeros(like: tape.normed)
    through(query, block.query, x: tape.normed, dq, into: &dNormed)
    through(key, block.key, x: tape.normed, dk, into: &dNormed)
    through(value, block.value, x: tape.normed, dv, into: &dNormed)
    var dx = through(firstNorm, block.firstNorm, tape.first, dNormed)
    add(dz, to: &dx)
    return dx
  }
}
