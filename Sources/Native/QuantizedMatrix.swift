import CKernels

/// A matrix W `[outputs, inputs]` rounded to bytes with a scale for each output, for products with
/// inputs that are rounded row by row: about a quarter of the memory and of the time, at a relative
/// error of about 1 %.
///
///     y[r, o] = s[r] s[o] Σᵢ x̂[r, i] ŵ[o, i] + bias[o],   x̂ = round(x / s[r]),  s[r] = max |x[r]| / 127
package struct QuantizedMatrix: WeightMatrix {
  package let outputs: Int
  package let inputs: Int
  private let packed: AlignedArray<Int8>
  private let scales: [Float]
  private let totals: [Int32]

  /// - Requires: w without gaps between its rows.
  package init(_ w: MatrixView) {
    precondition(w.stride == w.columns, "expected rows without gaps, found a stride of \(w.stride)")
    self.init(outputs: w.rows, inputs: w.columns) { body in
      w.elements.withUnsafeBufferPointer { body(0, $0.baseAddress! + w.offset, w.rows) }
    }
  }

  package init(_ w: StoredMatrix) {
    self.init(outputs: w.rows, inputs: w.columns) { body in
      w.forEachPanel(firn_quantized_panel()) { first, rows in
        body(first, rows.baseAddress!, rows.count / w.columns)
      }
    }
  }

  /// - Parameter pieces: calls its argument with the rows of W, whole panels at a time.
  private init(
    outputs: Int, inputs: Int,
    pieces: ((_ first: Int, UnsafePointer<Float>, _ rows: Int) -> Void) -> Void
  ) {
    var totals = [Int32](repeating: 0, count: outputs)
    var scales = [Float](repeating: 0, count: outputs)
    packed = AlignedArray(count: firn_quantized_count(outputs, inputs)) { packed in
      scales.withUnsafeMutableBufferPointer { scales in
        totals.withUnsafeMutableBufferPointer { totals in
          pieces { first, w, rows in
            firn_quantize(
              w, rows, inputs, packed.baseAddress! + firn_quantized_count(first, inputs),
              scales.baseAddress! + first, totals.baseAddress! + first)
          }
        }
      }
    }
    (self.outputs, self.inputs, self.scales, self.totals) = (outputs, inputs, scales, totals)
  }

  /// Bytes of weights and scales.
  package var bytes: Int { packed.count + 4 * (scales.count + totals.count) }

  package func multiply(
    _ x: UnsafePointer<Float>, rows: Int, _ bias: UnsafePointer<Float>?, _ ending: ProductEnding,
    _ y: UnsafeMutablePointer<Float>, over threads: Threads
  ) {
    let kind = ending.kind
    guard threads == .all else {
      return withUnsafeTemporaryAllocation(
        byteCount: firn_quantized_scratch(inputs), alignment: MemoryLayout<Float>.alignment
      ) { scratch in
        firn_multiply_quantized(
          x, rows, inputs, inputs, packed.base, scales, totals, outputs, bias, kind,
          scratch.baseAddress, y, outputs)
      }
    }
    let pieces = ProductPieces(
      rows: rows, outputs: outputs, tile: firn_rounded_tile(), panel: firn_quantized_panel())
    let rounded = RoundedRows(x, rows: rows, width: inputs)
    rounded.bytes.withUnsafeBufferPointer { bytesBuffer in
      nonisolated(unsafe) let (bytes, y, bias) = (bytesBuffer.baseAddress!, y, bias)
      pieces.inParallel { rows, columns in
        multiply(
          bytes + rows.lowerBound * rounded.stride, scales: rounded.scales, rows: rows,
          columns: columns, bias, kind, y)
      }
    }
  }

  private func multiply(
    _ bytes: UnsafePointer<UInt8>, scales rowScales: [Float], rows: Range<Int>,
    columns: Range<Int>, _ bias: UnsafePointer<Float>?, _ kind: firn_activation,
    _ y: UnsafeMutablePointer<Float>
  ) {
    let output = columns.lowerBound
    scales.withUnsafeBufferPointer { scales in
      totals.withUnsafeBufferPointer { totals in
        rowScales.withUnsafeBufferPointer { rowScales in
          firn_multiply_rounded(
            bytes, rowScales.baseAddress! + rows.lowerBound, rows.count, inputs,
            packed.base + firn_quantized_count(output, inputs), scales.baseAddress! + output,
            totals.baseAddress! + output, columns.count, bias.map { $0 + output }, kind,
            y + rows.lowerBound * outputs + output, outputs)
        }
      }
    }
  }
}

/// Rows as bytes, laid out for the product's tiles, and their scales.
private struct RoundedRows {
  let bytes: [UInt8]
  let scales: [Float]
  /// Bytes from one tile's first row to the next one's, over the rows of a tile.
  let stride: Int

  init(_ x: UnsafePointer<Float>, rows: Int, width: Int) {
    let tile = firn_rounded_tile()
    let stride = firn_rounded_count(1, width)
    // Whole tiles, and about as much as is worth handing out.
    let share = max(1, 65536 / width / tile) * tile
    var scales: [Float] = []
    bytes = [UInt8](unsafeUninitializedCapacity: rows * stride) { buffer, initialized in
      scales = uninitializedFloats(rows) { scalesBuffer in
        nonisolated(unsafe) let (x, bytes, scales) = (
          x, buffer.baseAddress!, scalesBuffer.baseAddress!
        )
        Parallel.forEach((rows + share - 1) / share) { piece in
          let row = piece * share
          firn_round_rows(
            x + row * width, min(share, rows - row), width, width, bytes + row * stride,
            scales + row)
        }
      }
      initialized = rows * stride
    }
    self.scales = scales
    self.stride = stride
  }
}
