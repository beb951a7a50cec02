import Native
import Tensors

/// output(attention(queries, keys, values of x)) inside each sequence.
struct AttentionPart: ResidualPart {
  let norm: any Normalization
  var normFirst = true
  let queryKeyValue, output: Projection
  /// Of each head by itself.
  var queryNorm, keyNorm: RMSNorm?
  let attention: CachedAttention

  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) -> [Tensor] {
    let qkv = queryKeyValue(x)
    output(attention(placed(qkv, pass), starts: pass.starts, bias: pass.bias), addingTo: &y)
    return [qkv]
  }

  func backward(
    _ dy: Tensor, from x: @autoclosure () -> Tensor, _ products: [Tensor], _ pass: Pass,
    into gradients: inout PassGradients
  ) -> Tensor {
    let plain = products[0]
    let placed = placed(plain, pass)
    let dContext = output.backward(
      dy, from: attention(placed, starts: pass.starts, bias: pass.bias), into: &gradients.inside)
    var dqkv = attention.backward(
      dContext, from: placed, starts: pass.starts, bias: pass.bias, into: &gradients.inside)
    let (heads, keyHeads) = (attention.how.heads, attention.how.keyHeads)
    pass.rotation?.backward(&dqkv, heads: heads + keyHeads)
    queryNorm?.backward(&dqkv, from: plain, heads: 0..<heads, into: &gradients.inside)
    keyNorm?.backward(
      &dqkv, from: plain, heads: heads..<heads + keyHeads, into: &gradients.inside)
    return queryKeyValue.backward(dqkv, from: x(), into: &gradients.inside)
  }

  /// The keys and values that queries saw, `[tokens, keyValueWidth]`.
  func keysAndValues(_ tape: PartTape, _ pass: Pass) -> Tensor {
    let qkv = placed(tape.products[0], pass)
    return qkv.columns(qkv.width - attention.keyValueWidth..<qkv.width)
  }

  /// Queries and keys normalized and turned.
  private func placed(_ qkv: Tensor, _ pass: Pass) -> Tensor {
    var qkv = qkv
    let (heads, keyHeads) = (attention.how.heads, attention.how.keyHeads)
    queryNorm?.normalize(&qkv, heads: 0..<heads)
    keyNorm?.normalize(&qkv, heads: heads..<heads + keyHeads)
    pass.rotation?(&qkv, heads: heads + keyHeads)
    return qkv
  }
}

/// output(attention(queries of x, keys and values of the source)).
struct CrossAttentionPart: ResidualPart {
  let norm: any Normalization
  var normFirst = true
  let query, keyValue, output: Projection
  let attention: CachedAttention

  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) -> [Tensor] {
    let (states, starts) = pass.source!
    let (q, kv) = (query(x), keyValue(states))
    output(found(q, kv, pass, starts), addingTo: &y)
    return [q, kv]
  }

  func backward(
    _ dy: Tensor, from x: @autoclosure () -> Tensor, _ products: [Tensor], _ pass: Pass,
    into gradients: inout PassGradients
  ) -> Tensor {
    let (states, starts) = pass.source!
    let (q, kv) = (products[0], products[1])
    let dFound = output.backward(dy, from: found(q, kv, pass, starts), into: &gradients.inside)
    let (dq, dkv) = attention.backward(
      dFound, from: q, starts: pass.starts, to: kv, keyStarts: starts, into: &gradients.inside)
    let dStates = keyValue.backward(dkv, from: states, into: &gradients.inside)
    Tensors.add(dStates, to: &gradients.source)
    return query.backward(dq, from: x(), into: &gradients.inside)
  }

  private func found(_ q: Tensor, _ kv: Tensor, _ pass: Pass, _ starts: [Int]) -> Tensor {
    attention(q, starts: pass.starts, to: attention.caches(kv, starts: starts))
  }
}

extension RMSNorm {
  /// ∂loss/∂x of `normalize` in the place of ∂loss/∂y, for the same heads.
  fileprivate func backward(
    _ dy: inout Tensor, from x: Tensor, heads: Range<Int>, into gradient: inout [Float]
  ) {
    let width = gain.count
    let dx = backward(
      dy.heads(heads, width: width), from: x.heads(heads, width: width), into: &gradient)
    dy.replaceHeads(heads, with: dx)
  }
}
