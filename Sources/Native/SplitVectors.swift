import CKernels

/// Vectors as two bytes for each element: a coarse one that is scanned, and a fine one behind it.
///
///     x ≈ scale / 256 · (256 coarse + fine),   scale = max |x| / 127
///
/// A row that is not finite has not-a-number for its scale, so that it never ranks.
package struct SplitVectors: Sendable {
  package private(set) var scales: [Float]
  /// Upper bounds of the length of scale / 256 · fine, what the coarse bytes leave out.
  package private(set) var errors: [Float]
  package private(set) var coarse: [Int8]
  package private(set) var fine: [Int8]

  /// - Shapes: vectors `[count, width]`, row-major.
  package init(_ vectors: [Float], width: Int) {
    let count = width == 0 ? 0 : vectors.count / width
    precondition(
      vectors.count == count * width,
      "expected vectors of \(width) floats, found \(vectors.count) floats")
    scales = [Float](repeating: 0, count: count)
    errors = scales
    coarse = [Int8](repeating: 0, count: vectors.count)
    fine = coarse
    firn_split_rows(vectors, count, width, &scales, &errors, &coarse, &fine)
  }

  /// The vector that one row's bytes stand for.
  package static func join(coarse: RawSpan, fine: RawSpan, scale: Float) -> [Float] {
    precondition(
      coarse.byteCount == fine.byteCount,
      "expected \(coarse.byteCount) fine bytes, found \(fine.byteCount)")
    return uninitializedFloats(coarse.byteCount) { vector in
      coarse.withUnsafeBytes { coarse in
        fine.withUnsafeBytes { fine in
          firn_join_row(
            coarse.assumingMemoryBound(to: Int8.self).baseAddress,
            fine.assumingMemoryBound(to: Int8.self).baseAddress, scale, coarse.count,
            vector.baseAddress)
        }
      }
    }
  }
}

extension VectorScan {
  /// The score of one vector for one of the queries, as `score` would give it.
  package static func score(_ vector: [Float], _ queries: FloatQueries, query: Int) -> Float {
    precondition(
      vector.count == queries.width && (0..<queries.count).contains(query),
      "expected a vector of \(queries.width) floats, found \(vector.count)")
    var score: Float = 0
    firn_scan_floats(
      firn_best, vector, 1, queries.width, queries.values.base + query * queries.width, 1, &score)
    return score
  }
}

/// Queries of a scan over coarse bytes: 16-bit integers, and what bounds the error of the scan.
///
/// For a row x = s c + e (coarse bytes c, remainder e) and a query q = u v + f (integers v,
/// remainder f), x · q ≤ s u (c · v) + |e| |q| + s |c| |f|, where |c| ≤ 127 √width. The slack holds
/// the last term and the rounding of every sum of floats involved.
package struct ByteQueries: Sendable {
  package let count: Int
  package let width: Int
  let stride: Int
  let values: AlignedArray<Int16>
  /// Unit u, norm |q| and slack of each query.
  let parameters: [Float]

  /// - Shapes: queries `[count, width]`, row-major.
  package init(_ queries: [Float], count: Int, width: Int) {
    precondition(
      queries.count == count * width,
      "expected \(count) queries of \(width) floats, found \(queries.count) floats")
    let stride = (width + 31) / 32 * 32
    // No sum of products may leave 32 bits.
    let limit = Float(min(32_767, Int(Int32.max) / (127 * max(1, width))))
    var values = [Int16](repeating: 0, count: count * stride)
    var parameters: [Float] = []
    for query in 0..<count {
      let elements = queries[(query * width)..<((query + 1) * width)]
      let unit = (elements.reduce(0) { max($0, abs($1)) }) / limit
      var norm = 0.0
      var rest = 0.0
      for (place, element) in elements.enumerated() {
        let value = unit > 1e-30 ? Self.integer(element / unit) : 0
        values[query * stride + place] = value
        norm += Double(element) * Double(element)
        let difference = Double(element) - Double(unit) * Double(value)
        rest += difference * difference
      }
      let rounding = Double(width / 16 + 32) * 0x1p-23 * norm.squareRoot()
      let slack = 127.5 * Double(width).squareRoot() * (rest.squareRoot() + rounding)
      parameters += [unit, Self.above(norm.squareRoot()), Self.above(slack)]
    }
    (self.count, self.width, self.stride) = (count, width, stride)
    (self.values, self.parameters) = (AlignedArray(values), parameters)
  }

  /// The nearest integer; 0 for not-a-number.
  private static func integer(_ value: Float) -> Int16 {
    value.isNaN ? 0 : Int16(min(max(value.rounded(), -32_767), 32_767))
  }

  private static func above(_ value: Double) -> Float { Float(value * (1 + 1e-6)).nextUp }
}
