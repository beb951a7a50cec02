import CKernels

/// A matrix W `[outputs, inputs]` laid out once for y = x Wᵀ + bias.
package struct PackedMatrix: Sendable {
  package let outputs: Int
  package let inputs: Int
  private let panels: [Float]

  package init(_ w: MatrixView) {
    outputs = w.rows
    inputs = w.columns
    panels = uninitializedFloats(firn_packed_count(w.rows, w.columns)) { packed in
      w.elements.withUnsafeBufferPointer {
        firn_pack(
          $0.baseAddress! + w.offset, w.rows, w.columns, w.stride, 1, packed.baseAddress)
      }
    }
  }

  /// activation(x Wᵀ + bias).
  ///
  /// - Shapes: x `[rows, inputs]`, bias `[outputs]`, result `[rows, outputs]`.
  package func multiply(_ x: Span<Float>, rows: Int, bias: [Float]?, gelu: Bool) -> [Float] {
    precondition(
      x.count == rows * inputs, "expected \(rows) × \(inputs) floats, found \(x.count)")
    precondition(bias.map { $0.count == outputs } ?? true, "expected a bias of \(outputs)")
    return uninitializedFloats(rows * outputs) { y in
      x.withUnsafeBufferPointer { x in
        panels.withUnsafeBufferPointer { packed in
          withOptionalPointer(bias) { bias in
            firn_multiply_packed(
              x.baseAddress, rows, inputs, inputs, packed.baseAddress, outputs, bias,
              gelu ? firn_gelu : firn_identity, y.baseAddress, outputs)
          }
        }
      }
    }
  }
}

/// An array of `count` floats that `body` writes completely.
func uninitializedFloats(
  _ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void
) -> [Float] {
  [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
    body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initialized = count
  }
}

func withOptionalPointer<Result>(
  _ floats: [Float]?, _ body: (UnsafePointer<Float>?) -> Result
) -> Result {
  guard let floats else { return body(nil) }
  return floats.withUnsafeBufferPointer { body($0.baseAddress) }
}
