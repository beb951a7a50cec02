import Testing

@testable import Native

/// Attention to caches against its formula in `Double`, token by token.
struct CachedAttentionTests {
  static let tolerance = 1e-5

  /// What one token gives, at its place in its sequence.
  struct Tokens {
    let how: Kernels.Attending
    let x: [Float]

    var stride: Int { (how.heads + 2 * how.keyHeads) * how.headWidth }

    init(_ how: Kernels.Attending, count: Int, seed: UInt64) {
      self.how = how
      var random = SeededRandom(seed: seed)
      let stride = (how.heads + 2 * how.keyHeads) * how.headWidth
      x = (0..<count * stride).map { _ in .random(in: -1...1, using: &random) }
    }

    func rows(_ range: Range<Int>) -> [Float] {
      Array(x[range.lowerBound * stride..<range.upperBound * stride])
    }

    /// The formula for the queries `range` of a sequence that begins at row `start` and ends at
    /// `end`.
    func expected(_ range: Range<Int>, start: Int, end: Int, bias: PositionBias?) -> [Double] {
      range.flatMap { query in
        (0..<how.heads).flatMap { head -> [Double] in
          let group = how.heads / how.keyHeads
          func at(_ row: Int, _ block: Int, _ i: Int) -> Double {
            Double(x[row * stride + block * how.headWidth + i])
          }
          let last = how.causal ? query + 1 : end
          let first = max(start, how.window.map { query - $0 + 1 } ?? start)
          let scores = (first..<last).map { key in
            (0..<how.headWidth).reduce(0.0) {
              $0 + at(query, head, $1) * at(key, how.heads + head / group, $1)
            } * Double(how.scale)
              + (bias.map {
                Double($0.values[head * (2 * $0.reach - 1) + $0.reach - 1 + key - query])
              } ?? 0)
          }
          let weights = KernelTests.softmax(scores)
          return (0..<how.headWidth).map { i in
            zip(weights, first..<last).reduce(0.0) {
              $0 + $1.0 * at($1.1, how.heads + how.keyHeads + head / group, i)
            }
          }
        }
      }
    }
  }

  static func difference(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  }

  static let settings: [Kernels.Attending] = [
    .init(heads: 2, headWidth: 8, scale: 0.35, causal: true),
    .init(heads: 6, keyHeads: 2, headWidth: 40, scale: 0.16, causal: true),
    .init(heads: 4, keyHeads: 1, headWidth: 33, scale: 1, causal: true, window: 5),
    .init(heads: 1, headWidth: 64, scale: 0.125, causal: true, window: 40),
    .init(heads: 3, headWidth: 7, scale: 1, causal: false),
  ]

  /// Sequences of different lengths, longer than a block of queries and than a panel of keys.
  @Test(arguments: settings)
  func aWholeSequenceIsTheFormula(how: Kernels.Attending) {
    let starts = [0, 3, 4, 137]
    let tokens = Tokens(how, count: 137, seed: 1)
    var random = SeededRandom(seed: 2)
    let bias = PositionBias(
      values: (0..<how.heads * 279).map { _ in .random(in: -2...2, using: &random) }, reach: 140,
      heads: how.heads)
    for bias in [bias, nil] {
      var caches = (0..<3).map { _ in
        PackedKeyValues(heads: how.keyHeads, headWidth: how.headWidth)
      }
      var out = [Float](repeating: 9, count: 137 * how.heads * how.headWidth)
      Kernels.attend(
        how, tokens.x, stride: tokens.stride, appends: true, starts: starts,
        shared: [[], [], []], own: &caches, bias: bias, into: &out)
      #expect(caches.map(\.count) == [3, 1, 133])
      let expected = zip(starts, starts.dropFirst()).flatMap {
        tokens.expected($0..<$1, start: $0, end: $1, bias: bias)
      }
      #expect(Self.difference(out, expected) < Self.tolerance)
    }
  }

  /// A prompt that is shared, then two sequences that part, one token at a time and several.
  @Test(arguments: settings.filter(\.causal))
  func stepsAfterASharedPrefixAreTheFormulaForTheWhole(how: Kernels.Attending) {
    let length = 75
    let tokens = [Tokens(how, count: length, seed: 3), Tokens(how, count: length, seed: 4)]
    let bias = PositionBias(
      values: (0..<how.heads * 199).map { Float($0 % 7) / 7 }, reach: 100, heads: how.heads)
    let width = how.heads * how.headWidth
    let empty = PackedKeyValues(heads: how.keyHeads, headWidth: how.headWidth)
    var prefix = [empty]
    var out = [Float](repeating: 0, count: 37 * width)
    Kernels.attend(
      how, tokens[0].rows(0..<37), stride: tokens[0].stride, appends: true, starts: [0, 37],
      shared: [[]], own: &prefix, bias: bias, into: &out)
    var own = [empty, empty]
    // The second sequence shares the first one's beginning.
    let whole = tokens[0].rows(0..<37) + tokens[1].rows(37..<length)
    for rows in [37..<38, 38..<39, 39..<length] {
      out = [Float](repeating: 0, count: 2 * rows.count * width)
      Kernels.attend(
        how, tokens[0].rows(rows) + tokens[1].rows(rows), stride: tokens[0].stride, appends: true,
        starts: [0, rows.count, 2 * rows.count], shared: [prefix, prefix], own: &own, bias: bias,
        into: &out)
      let expected =
        tokens[0].expected(rows, start: 0, end: rows.upperBound, bias: bias)
        + Tokens(how, x: whole).expected(rows, start: 0, end: rows.upperBound, bias: bias)
      #expect(Self.difference(out, expected) < Self.tolerance)
    }
    #expect(prefix[0].count == 37 && own.map(\.count) == [38, 38])
  }

  @Test func aCopyKeepsItsTokensWhenTheOriginalGrows() {
    let how = Kernels.Attending(heads: 1, headWidth: 4, scale: 1, causal: true)
    let tokens = Tokens(how, count: 3, seed: 5)
    func append(_ row: Int, to cache: inout [PackedKeyValues]) -> [Float] {
      var out = [Float](repeating: 0, count: 4)
      Kernels.attend(
        how, tokens.rows(row..<row + 1), stride: 12, appends: true, starts: [0, 1], shared: [[]],
        own: &cache, bias: nil, into: &out)
      return out
    }
    var first = [PackedKeyValues(heads: 1, headWidth: 4)]
    _ = append(0, to: &first)
    var copy = first
    let found = append(1, to: &first)
    _ = append(2, to: &copy)
    #expect(copy[0].count == 2)
    var again = [PackedKeyValues(heads: 1, headWidth: 4)]
    _ = append(0, to: &again)
    #expect(append(1, to: &again) == found)
    // Had the copy written into the original, the third token would see it.
    let third = append(2, to: &first)
    #expect(
      Self.difference(third, tokens.expected(2..<3, start: 0, end: 3, bias: nil)) < Self.tolerance)
  }

  @Test func queriesOfAnotherLengthSeeAWholeSource() {
    let how = Kernels.Attending(heads: 2, headWidth: 5, scale: 1, causal: false)
    let tokens = Tokens(how, count: 45, seed: 6)
    let keyValues = (0..<45).flatMap { row in
      tokens.rows(row..<row + 1)[10..<30]
    }
    var caches = Kernels.keyValues(keyValues, heads: 2, headWidth: 5, starts: [0, 41, 45])
    var out = [Float](repeating: 0, count: 3 * 10)
    let queries = tokens.rows(0..<2) + tokens.rows(41..<42)
    Kernels.attend(
      how, queries, stride: 30, appends: false, starts: [0, 2, 3], shared: [[], []],
      own: &caches, bias: nil, into: &out)
    let expected =
      tokens.expected(0..<2, start: 0, end: 41, bias: nil)
      + tokens.expected(41..<42, start: 41, end: 45, bias: nil)
    #expect(Self.difference(out, expected) < Self.tolerance)
    #expect(caches.map(\.count) == [41, 4])
  }
}

extension CachedAttentionTests.Tokens {
  init(_ how: Kernels.Attending, x: [Float]) {
    self.how = how
    self.x = x
  }
}
