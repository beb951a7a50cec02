import CKernels

/// A matrix W `[outputs, inputs]` laid out once for y = x Wᵀ + bias.
package struct PackedMatrix: Sendable {
  package let outputs: Int
  package let inputs: Int
  private let panels: AlignedArray<Float>

  package init(_ w: MatrixView) {
    outputs = w.rows
    inputs = w.columns
    panels = AlignedArray(count: firn_packed_count(w.rows, w.columns)) { packed in
      w.elements.withUnsafeBufferPointer {
        firn_pack(
          $0.baseAddress! + w.offset, w.rows, w.columns, w.stride, 1, packed.baseAddress)
      }
    }
  }

  package init(_ w: StoredMatrix) {
    (outputs, inputs) = (w.rows, w.columns)
    panels = AlignedArray(count: firn_packed_count(w.rows, w.columns)) { packed in
      w.forEachPanel(firn_panel()) { first, rows in
        firn_pack(
          rows.baseAddress, rows.count / w.columns, w.columns, w.columns, 1,
          packed.baseAddress! + first * w.columns)
      }
    }
  }

  /// W + D for a D `[outputs, inputs]`.
  package func adding(_ d: [Float]) -> PackedMatrix {
    precondition(d.count == outputs * inputs, "expected \(outputs) × \(inputs) floats")
    let added = PackedMatrix(MatrixView(d.span, rows: outputs, columns: inputs))
    // The layout moves numbers and fills up with zeros, so that sums may be taken in it.
    return PackedMatrix(
      outputs: outputs, inputs: inputs,
      panels: AlignedArray(count: panels.count) { sum in
        _ = sum.initialize(from: UnsafeBufferPointer(start: panels.base, count: panels.count))
        firn_add(sum.baseAddress!, added.panels.base, panels.count)
      })
  }

  private init(outputs: Int, inputs: Int, panels: AlignedArray<Float>) {
    (self.outputs, self.inputs, self.panels) = (outputs, inputs, panels)
  }

  /// activation(x Wᵀ + bias), over all threads.
  ///
  /// - Shapes: x `[rows, inputs]`, bias `[outputs]`, result `[rows, outputs]`.
  package func multiply(
    _ x: [Float], rows: Int, bias: [Float]?, _ activation: Activation = .identity
  ) -> [Float] {
    uninitializedFloats(rows * outputs) { multiply(x, rows: rows, bias, activation.kind, $0) }
  }

  /// y += x Wᵀ + bias, over all threads.
  package func multiply(_ x: [Float], rows: Int, bias: [Float]?, addingTo y: inout [Float]) {
    y.withUnsafeMutableBufferPointer { multiply(x, rows: rows, bias, firn_accumulate, $0) }
  }

  private func multiply(
    _ x: [Float], rows: Int, _ bias: [Float]?, _ kind: firn_activation,
    _ y: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      x.count == rows * inputs && y.count == rows * outputs,
      "expected \(rows) × \(inputs) and \(rows) × \(outputs) floats, found \(x.count), \(y.count)")
    precondition(bias.map { $0.count == outputs } ?? true, "expected a bias of \(outputs)")
    guard let target = y.baseAddress, rows > 0 else { return }
    let pieces = ProductPieces(rows: rows, outputs: outputs, tile: 14, panel: firn_panel())
    x.withUnsafeBufferPointer { xBuffer in
      withOptionalPointer(bias) { biasPointer in
        nonisolated(unsafe) let (x, y, bias) = (xBuffer.baseAddress!, target, biasPointer)
        pieces.inParallel { rows, columns in
          let (row, output) = (rows.lowerBound, columns.lowerBound)
          firn_multiply_packed(
            x + row * inputs, rows.count, inputs, inputs, panels.base + output * inputs,
            columns.count, bias.map { $0 + output }, kind, y + row * outputs + output, outputs)
        }
      }
    }
  }

  /// x = y W, or x += y W, over all threads: the way back through `multiply`, with pieces of Wᵀ packed
  /// as they are needed, so that no second copy of the matrix is kept.
  ///
  /// - Shapes: y `[rows, outputs]`, x `[rows, inputs]`.
  package func multiplyTransposed(
    _ y: [Float], rows: Int, adding: Bool = false, into x: inout [Float]
  ) {
    precondition(
      x.count == rows * inputs && y.count == rows * outputs,
      "expected \(rows) × \(inputs) and \(rows) × \(outputs) floats, found \(x.count), \(y.count)")
    if rows == 0 { return }
    // Many rows take pieces of Wᵀ that are worth laying them out for, and few rows narrow ones that
    // keep all threads busy. A piece's part of Wᵀ stays in the second-level cache.
    let panel = firn_panel()
    let isTall = rows >= 64
    let wanted = isTall ? inputs : (inputs + 4 * Parallel.threads - 1) / (4 * Parallel.threads)
    let share = min(isTall ? 256 : 64, (wanted + panel - 1) / panel * panel)
    let height = isTall && Parallel.threads > 1 ? 256 : rows
    let depth = 384
    let across = (inputs + share - 1) / share
    x.withUnsafeMutableBufferPointer { buffer in
      y.withUnsafeBufferPointer { yBuffer in
        nonisolated(unsafe) let (x, y) = (buffer.baseAddress!, yBuffer.baseAddress!)
        Parallel.forEach((rows + height - 1) / height * across) { piece in
          let (row, first) = (piece / across * height, piece % across * share)
          let (count, columns) = (min(height, rows - row), min(share, inputs - first))
          withScratch(share * depth) { part in
            for output in stride(from: 0, to: outputs, by: depth) {
              let width = min(depth, outputs - output)
              firn_pack_transposed(panels.base, inputs, first, columns, output, width, part)
              firn_multiply_packed(
                y + row * outputs + output, count, width, outputs, part, columns, nil,
                adding || output > 0 ? firn_accumulate : firn_identity,
                x + row * inputs + first, inputs)
            }
          }
        }
      }
    }
  }

  /// activation(x Wᵀ + bias) on the calling thread.
  ///
  /// - Shapes: x `[rows, inputs]`, bias `[outputs]`, result `[rows, outputs]`.
  package func multiply(_ x: Span<Float>, rows: Int, bias: [Float]?, gelu: Bool) -> [Float] {
    precondition(
      x.count == rows * inputs, "expected \(rows) × \(inputs) floats, found \(x.count)")
    precondition(bias.map { $0.count == outputs } ?? true, "expected a bias of \(outputs)")
    return uninitializedFloats(rows * outputs) { y in
      x.withUnsafeBufferPointer { x in
        withOptionalPointer(bias) { bias in
          firn_multiply_packed(
            x.baseAddress, rows, inputs, inputs, panels.base, outputs, bias,
            gelu ? firn_gelu : firn_identity, y.baseAddress, outputs)
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
