import CKernels

/// Dot products of one vector with many.
package enum DotProducts {
  /// out = matrix · x
  ///
  /// - Shapes: matrix `[rows, width]`, x `[width]`, out `[rows]`.
  /// - Requires: `matrix.count` = `out.count` · `x.count`.
  package static func rows(of matrix: Span<Float>, times x: [Float], into out: inout [Float]) {
    precondition(
      matrix.count == out.count * x.count,
      "expected \(out.count) rows of \(x.count) floats, found \(matrix.count) floats")
    let (rows, width) = (out.count, x.count)
    matrix.withUnsafeBufferPointer { matrix in
      out.withUnsafeMutableBufferPointer { out in
        firn_dot_rows(matrix.baseAddress, x, rows, width, out.baseAddress)
      }
    }
  }
}
