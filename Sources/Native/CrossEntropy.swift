import CKernels

extension Kernels {
  /// The loss of every row's logits by itself, and in the place of the logits its gradient times
  /// `scale`:
  ///
  ///     −Σ q ln p + z ln² Σ eˣ,   p = softmax(x),  q = (1 − smoothing) [target] + smoothing / width
  ///
  /// - Shapes: logits `[targets, width]`.
  package static func crossEntropy(
    _ logits: inout [Float], targets: [Int32], smoothing: Float, z: Float, scale: Float
  ) -> [Float] {
    let rows = targets.count
    if rows == 0 { return [] }
    let width = logits.count / rows
    precondition(
      logits.count == rows * width && targets.allSatisfy { $0 >= 0 && $0 < width },
      "expected \(rows) rows and targets below \(width), found \(logits.count) floats")
    return uninitializedFloats(rows) { losses in
      logits.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let (x, losses) = (buffer.baseAddress!, losses.baseAddress!)
        Parallel.forEach(rows) { row in
          losses[row] = firn_cross_entropy(
            x + row * width, width, Int(targets[row]), smoothing, z, scale)
        }
      }
    }
  }
}
