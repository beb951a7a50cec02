import CKernels

/// Weights in panels, as they are or widened to floats.
package struct PackedMatrix: WeightMatrix {
  package let outputs: Int
  package let inputs: Int
  private let panels: AlignedArray<Float>

  package init(_ w: MatrixView) {
    self.init(w, outputs: w.rows, inputs: w.columns, steps: (w.stride, 1))
  }

  /// Wᵀ of a W `[inputs, outputs]`.
  package init(transposing w: MatrixView) {
    self.init(w, outputs: w.columns, inputs: w.rows, steps: (1, w.stride))
  }

  private init(_ w: MatrixView, outputs: Int, inputs: Int, steps: (output: Int, input: Int)) {
    (self.outputs, self.inputs) = (outputs, inputs)
    panels = AlignedArray(count: firn_packed_count(outputs, inputs)) { packed in
      w.elements.withUnsafeBufferPointer {
        firn_pack(
          $0.baseAddress! + w.offset, outputs, inputs, steps.output, steps.input,
          packed.baseAddress)
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

  package func multiply(
    _ x: UnsafePointer<Float>, rows: Int, _ bias: UnsafePointer<Float>?, _ ending: ProductEnding,
    _ y: UnsafeMutablePointer<Float>, over threads: Threads
  ) {
    let kind = ending.kind
    guard threads == .all else {
      return firn_multiply_packed(
        x, rows, inputs, inputs, panels.base, outputs, bias, kind, y, outputs)
    }
    nonisolated(unsafe) let (x, y, bias) = (x, y, bias)
    let pieces = ProductPieces(rows: rows, outputs: outputs, tile: 14, panel: firn_panel())
    pieces.inParallel { rows, columns in
      let (row, output) = (rows.lowerBound, columns.lowerBound)
      firn_multiply_packed(
        x + row * inputs, rows.count, inputs, inputs, panels.base + output * inputs,
        columns.count, bias.map { $0 + output }, kind, y + row * outputs + output, outputs)
    }
  }

  /// x = y W, or x += y W: the way back through `multiply`, with pieces of Wᵀ packed as they are
  /// needed, so that no second copy of the matrix is kept.
  ///
  /// - Shapes: y `[rows, outputs]`, x `[rows, inputs]`.
  package func multiplyTransposed(
    _ y: [Float], rows: Int, adding: Bool = false, into x: inout [Float],
    over threads: Threads = .all
  ) {
    precondition(
      x.count == rows * inputs && y.count == rows * outputs,
      "expected \(rows) × \(inputs) and \(rows) × \(outputs) floats, found \(x.count), \(y.count)")
    if rows == 0 { return }
    // Many rows take pieces of Wᵀ that are worth laying them out for, and few rows narrow ones that
    // keep all threads busy. A piece's part of Wᵀ stays in the second-level cache.
    let panel = firn_panel()
    let isTall = rows >= 64
    let workers = threads == .all ? Parallel.threads : 1
    let wanted = isTall ? inputs : (inputs + 4 * workers - 1) / (4 * workers)
    let share = min(isTall ? 256 : 64, (wanted + panel - 1) / panel * panel)
    let height = isTall && workers > 1 ? 256 : rows
    let depth = 384
    let across = (inputs + share - 1) / share
    x.withUnsafeMutableBufferPointer { buffer in
      y.withUnsafeBufferPointer { yBuffer in
        nonisolated(unsafe) let (x, y) = (buffer.baseAddress!, yBuffer.baseAddress!)
        Parallel.forEach((rows + height - 1) / height * across, over: threads) { piece in
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
}
