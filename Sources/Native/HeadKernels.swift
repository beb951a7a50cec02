import CKernels

extension Kernels {
  /// Turns the pairs of the first heads of each row by that row's angles.
  ///
  /// - Shapes: x `[rows, width]`, cosines and sines `[rows, headWidth / 2]`.
  package static func rotate(
    _ x: inout [Float], width: Int, heads: Int, cosines: [Float], sines: [Float]
  ) {
    let rows = x.count / width
    let half = rows == 0 ? 0 : cosines.count / rows
    precondition(
      x.count == rows * width && cosines.count == rows * half && sines.count == cosines.count
        && 2 * half * heads <= width,
      "expected \(rows) rows of \(heads) heads, found \(cosines.count) angles")
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        nonisolated(unsafe) let angles = (cosines.baseAddress!, sines.baseAddress!)
        inPlace(&x, width: width) { x, row, count in
          firn_rotate(x, count, width, heads, half, angles.0 + row * half, angles.1 + row * half)
        }
      }
    }
  }

  /// The root-mean-square norm of some heads of each row, every head by itself.
  ///
  /// - Shapes: x `[rows, width]`, gain `[headWidth]`.
  package static func rmsNorm(
    _ x: inout [Float], width: Int, heads: Range<Int>, gain: [Float], epsilon: Float
  ) {
    let headWidth = gain.count
    precondition(
      x.count % width == 0 && heads.upperBound * headWidth <= width,
      "expected rows of \(heads.upperBound) heads, found \(width) floats")
    gain.withUnsafeBufferPointer { buffer in
      nonisolated(unsafe) let gain = buffer.baseAddress!
      inPlace(&x, width: width) { x, _, count in
        for row in 0..<count {
          let head = x + row * width + heads.lowerBound * headWidth
          firn_rms_norm(head, gain, epsilon, heads.count, headWidth, head)
        }
      }
    }
  }

  /// `body` of blocks of rows, over all threads.
  private static func inPlace(
    _ x: inout [Float], width: Int,
    _ body: @Sendable (UnsafeMutablePointer<Float>, _ firstRow: Int, _ rows: Int) -> Void
  ) {
    let rows = x.count / width
    // Smaller pieces would cost more to hand out than to compute.
    let share = Swift.max(1, 32768 / width)
    x.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      nonisolated(unsafe) let x = start
      Parallel.forEach((rows + share - 1) / share) { piece in
        let row = piece * share
        body(x + row * width, row, Swift.min(share, rows - row))
      }
    }
  }
}
