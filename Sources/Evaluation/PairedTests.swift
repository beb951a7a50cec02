import Foundation

/// Two systems' scores on the same questions, and whether their difference may be chance.
package struct PairedScores: Sendable {
  package let a: [Double]
  package let b: [Double]

  /// - Requires: one score of each system for each question, in one order.
  package init(a: [Double], b: [Double]) {
    precondition(a.count == b.count, "expected \(a.count) scores, found \(b.count)")
    self.a = a
    self.b = b
  }

  var differences: [Double] { zip(a, b).map { $0 - $1 } }

  /// Whether every question is either right or wrong under both systems.
  var isBinary: Bool { (a + b).allSatisfy { $0 == 0 || $0 == 1 } }

  /// The mean of A minus B, with its interval by paired bootstrap; nil without questions.
  ///
  /// - Source: Koehn 2004, "Statistical significance tests for machine translation evaluation".
  package func difference(_ bootstrap: Bootstrap = Bootstrap()) -> MetricEstimate? {
    bootstrap.mean(of: differences)
  }

  /// The two-sided p-value of a paired bootstrap test: how often the resampled difference lies at
  /// least as far from the observed one as that lies from 0.
  ///
  ///     p = (1 + number of resamples with |d* − d| ≥ |d|) / (1 + resamples)
  ///
  /// 1 without questions.
  ///
  /// - Source: Efron & Tibshirani 1993, chapter 16; Berg-Kirkpatrick, Burkett & Klein 2012, EMNLP.
  package func bootstrapTest(_ bootstrap: Bootstrap = Bootstrap()) -> Double {
    if a.isEmpty { return 1 }
    let observed = differences.reduce(0, +) / Double(a.count)
    let resampled = bootstrap.resampled([.mean("d", differences)], count: a.count)[0]
    let extreme = resampled.count { abs($0 - observed) >= abs(observed) - Self.tolerance }
    return Double(1 + extreme) / Double(1 + bootstrap.resamples)
  }

  /// The two-sided p-value of a paired randomisation test: how often a difference at least as large
  /// arises when each question's two scores are swapped by the toss of a coin.
  ///
  ///     p = (1 + number of trials with |difference| ≥ the observed one) / (1 + trials)
  ///
  /// Where the systems differ on few questions, all swaps take the place of trials, and
  /// p is their exact share.
  ///
  /// - Source: Smucker, Allan & Carterette 2007, CIKM; Fisher 1935 (all swaps).
  package func randomizationTest(trials: Int = 10_000, seed: UInt64 = 1) -> Double {
    precondition(trials > 0, "expected at least one trial, found \(trials)")
    let values = differences.filter { $0 != 0 }
    let observed = abs(values.reduce(0, +)) - Self.tolerance
    if values.count < 20, 1 << values.count <= max(trials, 1024) {
      return Self.exactShare(of: values, atLeast: observed)
    }
    var random = SplitMix64(seed: seed)
    var extreme = 0
    for _ in 0..<trials {
      var sum = 0.0
      var coins: UInt64 = 0
      for index in values.indices {
        if index % 64 == 0 { coins = random.next() }
        sum += coins & 1 == 0 ? values[index] : -values[index]
        coins >>= 1
      }
      if abs(sum) >= observed { extreme += 1 }
    }
    return Double(1 + extreme) / Double(1 + trials)
  }

  private static func exactShare(of values: [Double], atLeast observed: Double) -> Double {
    let swaps = 1 << values.count
    let extreme = (0..<swaps).count { swap in
      let sum = values.indices.reduce(0.0) {
        $0 + (swap >> $1 & 1 == 0 ? values[$1] : -values[$1])
      }
      return abs(sum) >= observed
    }
    return Double(extreme) / Double(swaps)
  }

  /// Sums that differ by rounding alone count as equal.
  private static let tolerance = 1e-9

  /// The two-sided p-value of McNemar's exact test; nil unless every score is 0 or 1.
  package func mcNemarTest() -> Double? {
    guard isBinary else { return nil }
    return mcNemar(onlyA: differences.count { $0 > 0 }, onlyB: differences.count { $0 < 0 })
  }
}

/// McNemar's exact test: whether the questions that only one of two systems gets right fall on both
/// sides alike.
///
///     p = min(1, 2 · Σ_{i ≤ min(a, b)} C(a+b, i) / 2^(a+b))
///
/// - Source: McNemar 1947; the exact (binomial) form of Dietterich 1998.
package func mcNemar(onlyA: Int, onlyB: Int) -> Double {
  let count = onlyA + onlyB
  var logTerm = -Double(count) * log(2)
  var tail = exp(logTerm)
  for i in 0..<min(onlyA, onlyB) {
    logTerm += log(Double(count - i) / Double(i + 1))
    tail += exp(logTerm)
  }
  return min(1, 2 * tail)
}
