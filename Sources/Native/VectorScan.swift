import CKernels

/// Scans of stored vectors: every row against a few queries, on the calling thread.
///
/// Scores depend on the row and the query alone, not on what is scanned with them.
package enum VectorScan {
  /// Kernels to run; any that the processor lacks stand for the best that it has.
  package enum Instructions: UInt32, CaseIterable, Sendable {
    case best, portable, avx2, avx512

    fileprivate var kernel: firn_instructions { firn_instructions(rawValue: rawValue) }
  }

  /// scores `[queries, rows]` = queries · rowsᵀ for float32 or float16 rows.
  ///
  /// - Shapes: rows `[count, width]`, the machine's byte order.
  /// - Requires: rows that begin on an address that their numbers can have, and scores of at least
  ///   queries · count floats, of which the first are written.
  package static func score(
    _ rows: RawSpan, _ format: StoredFloat, count: Int, _ queries: FloatQueries,
    into scores: inout [Float], instructions: Instructions = .best
  ) {
    precondition(format != .bfloat16, "expected float32 or float16, found bfloat16")
    let width = queries.width
    precondition(
      rows.byteCount == count * width * format.width,
      "expected \(count) rows of \(width) numbers, found \(rows.byteCount) bytes")
    check(scores, queries.count * count)
    rows.withUnsafeBytes { rows in
      scores.withUnsafeMutableBufferPointer { scores in
        if format == .float32 {
          firn_scan_floats(
            instructions.kernel, rows.assumingMemoryBound(to: Float.self).baseAddress, count,
            width, queries.values.base, queries.count, scores.baseAddress)
        } else {
          firn_scan_halves(
            instructions.kernel, rows.assumingMemoryBound(to: UInt16.self).baseAddress, count,
            width, queries.values.base, queries.count, scores.baseAddress)
        }
      }
    }
  }

  /// Upper bounds `[queries, rows]` of the scores of split rows, by their coarse bytes alone.
  ///
  /// - Shapes: coarse `[count, width]` bytes, scales and errors `[count]` floats.
  package static func bound(
    coarse: RawSpan, scales: RawSpan, errors: RawSpan, count: Int, _ queries: ByteQueries,
    into bounds: inout [Float], instructions: Instructions = .best
  ) {
    let width = queries.width
    precondition(
      coarse.byteCount == count * width && scales.byteCount == 4 * count
        && errors.byteCount == 4 * count,
      "expected \(count) rows of \(width) bytes, found \(coarse.byteCount) bytes")
    check(bounds, queries.count * count)
    coarse.withUnsafeBytes { coarse in
      scales.withUnsafeBytes { scales in
        errors.withUnsafeBytes { errors in
          queries.parameters.withUnsafeBufferPointer { parameters in
            var integers = firn_byte_queries(
              values: queries.values.base, parameters: parameters.baseAddress,
              count: queries.count, stride: queries.stride)
            firn_scan_bytes(
              instructions.kernel, coarse.assumingMemoryBound(to: Int8.self).baseAddress,
              scales.assumingMemoryBound(to: Float.self).baseAddress,
              errors.assumingMemoryBound(to: Float.self).baseAddress, count, width, &integers,
              &bounds)
          }
        }
      }
    }
  }

  /// Which of the scores of `range` are at least `threshold`: their distances from its beginning.
  package static func select(
    _ scores: [Float], _ range: Range<Int>, atLeast threshold: Float
  ) -> [Int32] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= scores.count,
      "expected a range below \(scores.count), found \(range)")
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, range.count)) { places in
      let found = scores.withUnsafeBufferPointer { scores in
        scores.baseAddress.map {
          firn_select($0 + range.lowerBound, range.count, threshold, places.baseAddress)
        } ?? 0
      }
      return Array(places.prefix(found))
    }
  }

  private static func check(_ scores: [Float], _ needed: Int) {
    precondition(
      scores.count >= needed, "expected at least \(needed) floats, found \(scores.count)")
  }
}

/// Queries of a scan, row-major `[count, width]`.
package struct FloatQueries: Sendable {
  package let count: Int
  package let width: Int
  let values: AlignedArray<Float>

  package init(_ values: [Float], count: Int, width: Int) {
    precondition(
      values.count == count * width,
      "expected \(count) queries of \(width) floats, found \(values.count) floats")
    (self.count, self.width, self.values) = (count, width, AlignedArray(values))
  }
}
