import CKernels

/// A matrix W `[outputs, inputs]` rounded to bytes with a scale for each output, for products with
/// inputs that are rounded row by row: about a quarter of the memory and of the time, at a relative
/// error of about 1 %.
///
///     y[r, o] = s[r] s[o] Σᵢ x̂[r, i] ŵ[o, i] + bias[o],   x̂ = round(x / s[r]),  s[r] = max |x[r]| / 127
package struct QuantizedMatrix: Sendable {
  package let outputs: Int
  package let inputs: Int
  private let packed: [Int8]
  private let scales: [Float]
  private let totals: [Int32]

  /// - Requires: w without gaps between its rows.
  package init(_ w: MatrixView) {
    precondition(w.stride == w.columns, "expected rows without gaps, found a stride of \(w.stride)")
    let (outputs, inputs) = (w.rows, w.columns)
    var totals = [Int32](repeating: 0, count: outputs)
    var scales = [Float](repeating: 0, count: outputs)
    let count = firn_quantized_count(outputs, inputs)
    packed = [Int8](unsafeUninitializedCapacity: count) { packed, initialized in
      w.elements.withUnsafeBufferPointer { elements in
        scales.withUnsafeMutableBufferPointer { scales in
          totals.withUnsafeMutableBufferPointer { totals in
            firn_quantize(
              elements.baseAddress! + w.offset, outputs, inputs, packed.baseAddress,
              scales.baseAddress, totals.baseAddress)
          }
        }
      }
      initialized = count
    }
    (self.outputs, self.inputs, self.scales, self.totals) = (outputs, inputs, scales, totals)
  }

  /// activation(x Wᵀ + bias).
  ///
  /// - Shapes: x `[rows, inputs]`, bias `[outputs]`, result `[rows, outputs]`.
  package func multiply(_ x: Span<Float>, rows: Int, bias: [Float]?, gelu: Bool) -> [Float] {
    precondition(
      x.count == rows * inputs, "expected \(rows) × \(inputs) floats, found \(x.count)")
    precondition(bias.map { $0.count == outputs } ?? true, "expected a bias of \(outputs)")
    return uninitializedFloats(rows * outputs) { y in
      withUnsafeTemporaryAllocation(
        byteCount: firn_quantized_scratch(inputs), alignment: MemoryLayout<Float>.alignment
      ) { scratch in
        x.withUnsafeBufferPointer { x in
          withOptionalPointer(bias) { bias in
            firn_multiply_quantized(
              x.baseAddress, rows, inputs, inputs, packed, scales, totals, outputs, bias,
              gelu ? firn_gelu : firn_identity, scratch.baseAddress, y.baseAddress, outputs)
          }
        }
      }
    }
  }
}
