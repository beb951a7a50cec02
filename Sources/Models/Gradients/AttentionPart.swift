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

  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) {
    var qkv = queryKeyValue(x)
    place(&qkv, pass)
    output(attention(qkv, starts: pass.starts, bias: pass.bias), addingTo: &y)
  }

  func backward(
    _ dy: Tensor, from x: Tensor, _ pass: Pass, addingTo dSource: inout Tensor
  ) -> Tensor {
    let plain = queryKeyValue(x)
    var qkv = plain
    place(&qkv, pass)
    var dqkv = attention.backward(
      output.backward(dy), from: qkv, starts: pass.starts, bias: pass.bias)
    let (heads, keyHeads) = (attention.how.heads, attention.how.keyHeads)
    pass.rotation?.backward(&dqkv, heads: heads + keyHeads)
    queryNorm?.backward(&dqkv, from: plain, heads: 0..<heads)
    keyNorm?.backward(&dqkv, from: plain, heads: heads..<heads + keyHeads)
    return queryKeyValue.backward(dqkv)
  }

  /// Normalizes and turns queries and keys.
  private func place(_ qkv: inout Tensor, _ pass: Pass) {
    let (heads, keyHeads) = (attention.how.heads, attention.how.keyHeads)
    queryNorm?.normalize(&qkv, heads: 0..<heads)
    keyNorm?.normalize(&qkv, heads: heads..<heads + keyHeads)
    pass.rotation?(&qkv, heads: heads + keyHeads)
  }
}

/// output(attention(queries of x, keys and values of the source)).
struct CrossAttentionPart: ResidualPart {
  let norm: any Normalization
  var normFirst = true
  let query, keyValue, output: Projection
  let attention: CachedAttention

  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) {
    let (states, starts) = pass.source!
    let caches = attention.caches(keyValue(states), starts: starts)
    output(attention(query(x), starts: pass.starts, to: caches), addingTo: &y)
  }

  func backward(
    _ dy: Tensor, from x: Tensor, _ pass: Pass, addingTo dSource: inout Tensor
  ) -> Tensor {
    let (states, starts) = pass.source!
    let (dq, dkv) = attention.backward(
      output.backward(dy), from: query(x), starts: pass.starts, to: keyValue(states),
      keyStarts: starts)
    keyValue.backward(dkv, addingTo: &dSource)
    return query.backward(dq)
  }
}

extension RMSNorm {
  /// ∂loss/∂x of `normalize` in the place of ∂loss/∂y, for the same heads.
  fileprivate func backward(_ dy: inout Tensor, from x: Tensor, heads: Range<Int>) {
    let dx = backward(dy.heads(heads, width: gain.count), from: x.heads(heads, width: gain.count))
    dy.replaceHeads(heads, with: dx)
  }
}
