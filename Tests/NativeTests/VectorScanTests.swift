import Native
import Testing

struct VectorScanTests {
  private static let shapes = [(1, 1, 1), (3, 5, 2), (16, 4, 4), (37, 9, 7), (384, 6, 5)]

  private func floats(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    (0..<count).map { _ in .random(in: -1...1, using: &random) }
  }

  /// The definition: sixteen running sums, added 8 and 8, 4 and 4, 2 and 2, 1 and 1.
  private func product(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>, fused: Bool) -> Float {
    var sums = [Float](repeating: 0, count: 16)
    for (place, (a, b)) in zip(x, y).enumerated() {
      let lane = place % 16
      sums[lane] = fused ? sums[lane].addingProduct(a, b) : sums[lane] + a * b
    }
    for size in [8, 4, 2, 1] {
      for lane in 0..<size { sums[lane] += sums[lane + size] }
    }
    return sums[0]
  }

  /// Portable kernels for x86 know no fused product.
  private func isFused(_ instructions: VectorScan.Instructions) -> Bool {
    #if arch(x86_64)
      instructions != .portable
    #else
      true
    #endif
  }

  @Test(arguments: VectorScan.Instructions.allCases)
  func scoresAreThoseOfTheDefinitionBitForBit(instructions: VectorScan.Instructions) {
    var random = SeededRandom(seed: 3)
    for (width, count, queryCount) in Self.shapes {
      let rows = floats(count * width, &random)
      let halves = rows.map { Float16($0) }
      let queries = floats(queryCount * width, &random)
      let block = FloatQueries(queries, count: queryCount, width: width)
      var exact = [Float](repeating: 0, count: queryCount * count)
      VectorScan.score(
        rows.span.bytes, .float32, count: count, block, into: &exact, instructions: instructions)
      var rounded = exact
      VectorScan.score(
        halves.span.bytes, .float16, count: count, block, into: &rounded,
        instructions: instructions)
      for query in 0..<queryCount {
        for row in 0..<count {
          let place = query * count + row
          let y = queries[(query * width)..<((query + 1) * width)]
          let range = (row * width)..<((row + 1) * width)
          let fused = isFused(instructions)
          #expect(exact[place] == product(rows[range], y, fused: fused))
          #expect(
            rounded[place] == product(halves[range].map { Float($0) }[...], y, fused: fused))
        }
      }
    }
  }

  /// A bound lies above the score of the joined vector by twice the scan's error at most.
  @Test(arguments: VectorScan.Instructions.allCases)
  func boundsOfCoarseBytesHoldAndAreTight(instructions: VectorScan.Instructions) {
    var random = SeededRandom(seed: 4)
    for (width, count, queryCount) in Self.shapes {
      let split = SplitVectors(floats(count * width, &random), width: width)
      let queries = floats(queryCount * width, &random)
      var bounds = [Float](repeating: 0, count: queryCount * count)
      let (coarse, scales, errors) = (split.coarse, split.scales, split.errors)
      VectorScan.bound(
        coarse: coarse.span.bytes, scales: scales.span.bytes, errors: errors.span.bytes,
        count: count,
        ByteQueries(queries, count: queryCount, width: width), into: &bounds,
        instructions: instructions)
      for query in 0..<queryCount {
        let y = queries[(query * width)..<((query + 1) * width)]
        let norm = y.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for row in 0..<count {
          let range = (row * width)..<((row + 1) * width)
          let x = zip(split.coarse[range], split.fine[range]).map { coarse, fine in
            split.scales[row] / 256 * Float(256 * Int(coarse) + Int(fine))
          }
          let gap = bounds[query * count + row] - product(x[...], y, fused: true)
          #expect(gap >= 0)
          #expect(gap <= 2.01 * norm * split.errors[row] + 0.002 * norm * split.scales[row] * 127)
        }
      }
    }
  }

  @Test func splitVectorsComeBackToHalfAUnit() {
    var random = SeededRandom(seed: 5)
    let vectors = floats(7 * 20, &random) + [Float](repeating: 0, count: 20)
    let split = SplitVectors(vectors, width: 20)
    for row in 0..<8 {
      let range = (row * 20)..<((row + 1) * 20)
      let (coarse, fine) = (Array(split.coarse[range]), Array(split.fine[range]))
      let joined = SplitVectors.join(
        coarse: coarse.span.bytes, fine: fine.span.bytes, scale: split.scales[row])
      let unit = split.scales[row] / 256
      for (found, expected) in zip(joined, vectors[range]) {
        #expect(abs(found - expected) <= 0.501 * unit)
      }
    }
  }

  @Test func rowsThatAreNotFiniteHaveNoBound() {
    for value in [Float.nan, .infinity, -.infinity] {
      let split = SplitVectors([0.5, value, 1, 2, 3, 4], width: 3)
      #expect(split.scales[0].isNaN && split.errors[0].isNaN)
      #expect(split.scales[1] == Float(4) / 127)
    }
  }

  @Test func selectionIsThatOfAFilter() {
    var random = SeededRandom(seed: 6)
    var scores = floats(200, &random)
    scores[70] = .nan
    for (range, threshold) in [(0..<200, 0.9), (3..<190, 0), (64..<64, -2), (10..<11, -2)] {
      let limit = Float(threshold)
      let places = VectorScan.select(scores, range, atLeast: limit)
      #expect(
        places.map { Int($0) + range.lowerBound } == range.filter { scores[$0] >= limit })
    }
  }
}
