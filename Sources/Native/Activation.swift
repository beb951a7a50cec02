import CKernels

/// What a feed-forward layer does to each number between its two products.
package enum Activation: Sendable {
  case identity
  /// x Φ(x).
  case gelu
  /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), the form that T5 v1.1 and GPT-2 learned with.
  case geluTanh
  case relu
  /// x / (1 + e⁻ˣ), also called swish.
  case silu

  var kind: firn_activation {
    switch self {
    case .identity: firn_identity
    case .gelu: firn_gelu
    case .geluTanh: firn_gelu_tanh
    case .relu: firn_relu
    case .silu: firn_silu
    }
  }
}

extension Kernels {
  /// activation(x), number by number.
  package static func activate(_ x: [Float], _ activation: Activation) -> [Float] {
    byRows(x, rows: x.count, from: 1, to: 1) { x, count, y in
      firn_activate(activation.kind, x, count, y)
    }
  }

  /// activation(left) ∘ right of each row.
  ///
  /// - Shapes: x `[rows, 2 width]`, left and right its halves; result `[rows, width]`.
  package static func gate(_ x: [Float], rows: Int, width: Int, _ activation: Activation) -> [Float]
  {
    precondition(x.count == 2 * rows * width, "expected \(rows) × \(2 * width), found \(x.count)")
    return byRows(x, rows: rows, from: 2 * width, to: width) { x, count, y in
      firn_gate(activation.kind, x, count, width, y)
    }
  }

  /// dy · activation'(x).
  package static func activateBackward(
    _ x: [Float], _ dy: [Float], _ activation: Activation
  ) -> [Float] {
    byRows(x, dy, rows: x.count, widths: (1, 1, 1)) { x, dy, count, dx in
      firn_activate_backward(activation.kind, x, dy, count, dx)
    }
  }

  /// ∂loss/∂x of `gate` for dy = ∂loss/∂y.
  ///
  /// - Shapes: x and the result `[rows, 2 width]`, dy `[rows, width]`.
  package static func gateBackward(
    _ x: [Float], _ dy: [Float], rows: Int, width: Int, _ activation: Activation
  ) -> [Float] {
    byRows(x, dy, rows: rows, widths: (2 * width, width, 2 * width)) { x, dy, count, dx in
      firn_gate_backward(activation.kind, x, dy, count, width, dx)
    }
  }

  /// x / √(mean(x²) + ε) · gain, row by row.
  package static func rmsNorm(_ x: [Float], gain: [Float], epsilon: Float) -> [Float] {
    let width = gain.count
    precondition(x.count % width == 0, "expected rows of \(width) floats, found \(x.count)")
    return gain.withUnsafeBufferPointer { buffer in
      nonisolated(unsafe) let gain = buffer.baseAddress!
      return byRows(x, rows: x.count / width, from: width, to: width) { x, count, y in
        firn_rms_norm(x, gain, epsilon, count, width, y)
      }
    }
  }

  /// ∂loss/∂x of `rmsNorm` for dy = ∂loss/∂y.
  package static func rmsNormBackward(
    _ x: [Float], _ dy: [Float], gain: [Float], epsilon: Float
  ) -> [Float] {
    let width = gain.count
    return gain.withUnsafeBufferPointer { buffer in
      nonisolated(unsafe) let gain = buffer.baseAddress!
      return byRows(x, dy, rows: x.count / width, widths: (width, width, width)) {
        firn_rms_norm_backward($0, $1, gain, epsilon, $2, width, $3)
      }
    }
  }

  /// ln Σ eˣ, without overflow; −∞ of nothing.
  package static func logSumExp(_ x: Span<Float>) -> Float {
    x.withUnsafeBufferPointer { firn_log_sum_exp($0.baseAddress, $0.count) }
  }

  /// Rows of `to` floats that `body` makes of rows of `from` floats, over all threads.
  private static func byRows(
    _ x: [Float], rows: Int, from: Int, to: Int,
    _ body: @Sendable (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    // Smaller pieces would cost more to hand out than to compute.
    let share = Swift.max(1, 32768 / from)
    return uninitializedFloats(rows * to) { buffer in
      x.withUnsafeBufferPointer { xBuffer in
        guard let start = xBuffer.baseAddress, let target = buffer.baseAddress else { return }
        nonisolated(unsafe) let (x, y) = (start, target)
        Parallel.forEach((rows + share - 1) / share) { piece in
          let row = piece * share
          body(x + row * from, Swift.min(share, rows - row), y + row * to)
        }
      }
    }
  }
  /// The same of two inputs with rows of their own widths.
  private static func byRows(
    _ x: [Float], _ dy: [Float], rows: Int, widths: (x: Int, dy: Int, result: Int),
    _ body:
      @Sendable (
        UnsafePointer<Float>, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>
      ) -> Void
  ) -> [Float] {
    precondition(
      x.count == rows * widths.x && dy.count == rows * widths.dy,
      "expected \(rows) rows of \(widths.x) and \(widths.dy), found \(x.count), \(dy.count)")
    if rows == 0 { return [] }
    let share = Swift.max(1, 32768 / widths.result)
    return uninitializedFloats(rows * widths.result) { buffer in
      withPointers([x, dy]) { inputs in
        nonisolated(unsafe) let (x, dy, dx) = (inputs[0], inputs[1], buffer.baseAddress!)
        Parallel.forEach((rows + share - 1) / share) { piece in
          let row = piece * share
          body(
            x + row * widths.x, dy + row * widths.dy, Swift.min(share, rows - row),
            dx + row * widths.result)
        }
      }
    }
  }
}

/// Pointers to the floats of arrays that are not empty.
func withPointers<Result>(
  _ arrays: [[Float]], _ found: [UnsafePointer<Float>] = [],
  _ body: ([UnsafePointer<Float>]) -> Result
) -> Result {
  if found.count == arrays.count { return body(found) }
  return arrays[found.count].withUnsafeBufferPointer {
    withPointers(arrays, found + [$0.baseAddress!], body)
  }
}
