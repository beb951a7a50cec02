import CKernels
import Glibc

/// Row operations of `CKernels` over spans; each checks its shapes and runs on the calling thread.
package enum Kernels {
  /// What a layer norm's backward pass needs.
  package struct Normalized: Sendable {
    /// (x − mean) / deviation, `[rows, width]`.
    package var values: [Float]
    /// 1 / √(variance + ε), `[rows]`.
    package var inverseDeviation: [Float]

    package init(values: [Float] = [], inverseDeviation: [Float] = []) {
      self.values = values
      self.inverseDeviation = inverseDeviation
    }
  }

  /// (x + residual − mean) / √(variance + ε) · gain + bias, row by row.
  package static func layerNorm(
    _ x: [Float], adding residual: [Float]? = nil, gain: [Float], bias: [Float], epsilon: Float,
    keeping normalized: inout Normalized?
  ) -> [Float] {
    let width = gain.count
    let rows = x.count / width
    precondition(x.count == rows * width && bias.count == width, "expected rows of \(width) floats")
    precondition(residual.map { $0.count == x.count } ?? true, "expected residuals like x")
    let keeps = normalized != nil
    var values = [Float]()
    var deviations = [Float]()
    let y = uninitializedFloats(x.count) { y in
      withOptionalPointer(residual) { residual in
        if keeps {
          values = uninitializedFloats(x.count) { values in
            deviations = uninitializedFloats(rows) { deviations in
              firn_layer_norm(
                x, residual, gain, bias, epsilon, rows, width, y.baseAddress, values.baseAddress,
                deviations.baseAddress)
            }
          }
        } else {
          firn_layer_norm(
            x, residual, gain, bias, epsilon, rows, width, y.baseAddress, nil, nil)
        }
      }
    }
    if keeps { normalized = Normalized(values: values, inverseDeviation: deviations) }
    return y
  }

  /// ∂loss/∂(x + residual) from dy = ∂loss/∂y.
  package static func layerNormBackward(
    _ dy: [Float], _ normalized: Normalized, gain: [Float]
  ) -> [Float] {
    let rows = normalized.inverseDeviation.count
    precondition(dy.count == rows * gain.count, "expected \(rows) rows of \(gain.count) floats")
    return uninitializedFloats(dy.count) {
      firn_layer_norm_backward(
        dy, normalized.values, normalized.inverseDeviation, gain, rows, gain.count, $0.baseAddress)
    }
  }

  package static func gelu(_ x: [Float]) -> [Float] {
    uninitializedFloats(x.count) { firn_activate(firn_gelu, x, x.count, $0.baseAddress) }
  }

  /// dy · GELU'(x).
  package static func geluBackward(_ x: [Float], _ dy: [Float]) -> [Float] {
    precondition(x.count == dy.count, "expected \(x.count) gradients, found \(dy.count)")
    return uninitializedFloats(x.count) {
      firn_activate_backward(firn_gelu, x, dy, x.count, $0.baseAddress)
    }
  }

  /// p ∘ (dy − Σ dy ∘ p) · scale for each row, in place of dy; p is taken from `offset` on.
  package static func softmaxBackward(
    _ p: [Float], from offset: Int, _ dy: inout [Float], width: Int, scale: Float
  ) {
    precondition(
      offset + dy.count <= p.count && dy.count % width == 0, "expected rows of \(width) floats")
    let rows = dy.count / width
    p.withUnsafeBufferPointer { p in
      dy.withUnsafeMutableBufferPointer {
        firn_softmax_backward(p.baseAddress! + offset, $0.baseAddress, rows, width, scale)
      }
    }
  }

  /// Attention of the sequence in rows `rows`, all heads: softmax(q kᵀ / √(width / heads)) v.
  ///
  /// - Shapes: q, k, v and `out` `[tokens, width]`; the result, the probabilities, is
  ///   `[heads, length, length]`, or empty unless they are kept.
  package static func attention(
    _ q: [Float], _ k: [Float], _ v: [Float], rows: Range<Int>, heads: Int, width: Int,
    keepingProbabilities keeps: Bool, into out: inout [Float]
  ) -> [Float] {
    let count = q.count
    precondition(
      k.count == count && v.count == count && out.count == count
        && rows.upperBound * width <= count,
      "expected \(count) floats, found \(k.count), \(v.count), \(out.count)")
    let first = rows.lowerBound * width
    return uninitializedFloats(keeps ? heads * rows.count * rows.count : 0) { probabilities in
      withScratch(firn_attention_scratch(rows.count, width / heads)) { scratch in
        q.withUnsafeBufferPointer { q in
          k.withUnsafeBufferPointer { k in
            v.withUnsafeBufferPointer { v in
              out.withUnsafeMutableBufferPointer { out in
                firn_attention(
                  q.baseAddress! + first, k.baseAddress! + first, v.baseAddress! + first,
                  rows.count, heads, width / heads, width,
                  keeps ? probabilities.baseAddress : nil, scratch,
                  out.baseAddress! + first)
              }
            }
          }
        }
      }
    }
  }

  /// y += x.
  package static func add(_ x: [Float], to y: inout [Float]) {
    precondition(x.count == y.count, "expected \(y.count) floats, found \(x.count)")
    let count = y.count
    y.withUnsafeMutableBufferPointer { firn_add($0.baseAddress, x, count) }
  }

  /// y += x for x `[rows, width]` and as many columns of y, from `column` on, `stride` floats a row.
  package static func add(
    _ x: [Float], width: Int, to y: inout [Float], stride: Int, column: Int
  ) {
    let rows = y.count / stride
    precondition(
      x.count == rows * width && column >= 0 && column + width <= stride,
      "expected \(rows) rows of \(width) floats, found \(x.count)")
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        guard let (from, to) = x.baseAddress.flatMap({ x in y.baseAddress.map { (x, $0) } }) else {
          return
        }
        for row in 0..<rows { firn_add(to + row * stride + column, from + row * width, width) }
      }
    }
  }

  package static func dot(_ x: Span<Float>, _ y: Span<Float>) -> Float {
    precondition(x.count == y.count, "expected \(x.count) floats, found \(y.count)")
    return x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { firn_dot(x.baseAddress, $0.baseAddress, x.count) }
    }
  }

  package static func max(_ x: Span<Float>) -> Float {
    x.withUnsafeBufferPointer { firn_max($0.baseAddress, $0.count) }
  }

  /// The settings of one AdamW step.
  package struct AdamWStep {
    package var rate, beta1, beta2, epsilon, decay: Float
    /// Counts from 1; corrects the moments' bias.
    package var step: Int
    /// The gradient is multiplied by it.
    package var scale: Float

    package init(
      rate: Float, beta1: Float, beta2: Float, epsilon: Float, decay: Float, step: Int, scale: Float
    ) {
      self.rate = rate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.decay = decay
      self.step = step
      self.scale = scale
    }
  }

  /// One step of Adam with decoupled weight decay over the parameters in `range`.
  package static func adamW(
    _ x: inout [Float], gradient: [Float], first: inout [Float], second: inout [Float],
    range: Range<Int>, _ step: AdamWStep
  ) {
    precondition(
      gradient.count == x.count && first.count == x.count && second.count == x.count
        && range.upperBound <= x.count, "expected gradient and moments of \(x.count) floats")
    let settings = firn_adamw(
      rate: step.rate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
      decay: step.decay, correction1: 1 - pow(step.beta1, Float(step.step)),
      correction2: 1 - pow(step.beta2, Float(step.step)))
    let start = range.lowerBound
    x.withUnsafeMutableBufferPointer { x in
      first.withUnsafeMutableBufferPointer { first in
        second.withUnsafeMutableBufferPointer { second in
          gradient.withUnsafeBufferPointer { gradient in
            firn_adamw_step(
              x.baseAddress! + start, gradient.baseAddress! + start, first.baseAddress! + start,
              second.baseAddress! + start, range.count, step.scale, settings)
          }
        }
      }
    }
  }
}
