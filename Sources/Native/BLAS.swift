import CBLAS
import CKernels

/// A row-major matrix inside a span: `rows` rows of `columns` floats, `stride` floats apart, the
/// first at `offset`.
package struct MatrixView: ~Escapable {
  package let elements: Span<Float>
  package let offset: Int
  package let rows: Int
  package let columns: Int
  package let stride: Int

  /// - Requires: the last row to end inside `elements`.
  @_lifetime(copy elements)
  package init(
    _ elements: Span<Float>, from offset: Int = 0, rows: Int, columns: Int, stride: Int? = nil
  ) {
    self.elements = elements
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    let needed = rows == 0 ? 0 : offset + (rows - 1) * self.stride + columns
    precondition(
      elements.count >= needed, "expected at least \(needed) floats, found \(elements.count)")
  }
}

/// OpenBLAS on the calling thread: Firn divides work itself, over whole sequences.
package enum BLAS {
  private static let oneThread: Void = openblas_set_num_threads(1)

  /// C = α op(A) op(B) + β C, with C row-major in `c` from `offset` on, `stride` floats from row to
  /// row.
  ///
  /// - Shapes: op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]`.
  package static func multiply(
    _ a: MatrixView, transposingA: Bool = false, _ b: MatrixView, transposingB: Bool = false,
    into c: inout [Float], from offset: Int = 0, stride: Int? = nil, alpha: Float = 1,
    beta: Float = 0
  ) {
    _ = oneThread
    let (m, k) = transposingA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (inner, n) = transposingB ? (b.columns, b.rows) : (b.rows, b.columns)
    let cStride = stride ?? n
    precondition(k == inner, "expected inner sizes to match, found \(k) and \(inner)")
    let needed = m == 0 ? 0 : offset + (m - 1) * cStride + n
    precondition(c.count >= needed, "expected at least \(needed) floats, found \(c.count)")
    if m == 0 || n == 0 || k == 0 { return }
    a.elements.withUnsafeBufferPointer { aBuffer in
      b.elements.withUnsafeBufferPointer { bBuffer in
        c.withUnsafeMutableBufferPointer { cBuffer in
          cblas_sgemm(
            CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans,
            transposingB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), alpha,
            aBuffer.baseAddress! + a.offset, blasint(a.stride), bBuffer.baseAddress! + b.offset,
            blasint(b.stride), beta, cBuffer.baseAddress! + offset, blasint(cStride))
        }
      }
    }
  }
}

extension Kernels {
  /// D += xᵀ y on the calling thread, with D row-major in `d` from `offset` on: a gradient of weights,
  /// where x or y is narrow.
  ///
  /// - Shapes: x `[rows, width]`, y `[rows, columns]`, D `[width, columns]`.
  package static func addTransposed(
    _ x: [Float], _ y: [Float], rows: Int, to d: inout [Float], from offset: Int
  ) {
    if rows == 0 { return }
    let (width, columns) = (x.count / rows, y.count / rows)
    precondition(
      x.count == rows * width && y.count == rows * columns && offset >= 0
        && d.count >= offset + width * columns,
      "expected \(rows) rows and room for \(width) × \(columns), found \(x.count), \(y.count)")
    d.withUnsafeMutableBufferPointer { d in
      firn_add_transposed(
        x, rows, width, width, y, columns, columns, d.baseAddress! + offset, columns)
    }
  }
}
