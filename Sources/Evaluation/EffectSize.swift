/// How large the difference of two systems is, beside whether it may be chance.
///
/// It encodes its fields by name; one that is not defined on the scores is left out.
package struct EffectSize: Encodable, Equatable, Sendable {
  /// Cohen's d of paired scores: the mean difference in standard deviations of the differences;
  /// nil where these do not vary.
  ///
  /// - Source: Cohen 1988, "Statistical power analysis", section 2.3.5 (d_z).
  package let cohensD: Double?
  /// Questions that A scores higher on, and B.
  package let onlyA: Int
  package let onlyB: Int
  /// The odds ratio of matched pairs, `onlyA / onlyB`; nil where B wins no question, or where
  /// questions are not right or wrong.
  ///
  /// - Source: Agresti 2013, "Categorical data analysis", section 11.2 (conditional estimate).
  package let oddsRatio: Double?

  private enum CodingKeys: String, CodingKey {
    case cohensD = "cohens_d"
    case onlyA = "only_a"
    case onlyB = "only_b"
    case oddsRatio = "odds_ratio"
  }
}

extension PairedScores {
  package var effectSize: EffectSize {
    let values = differences
    let onlyA = values.count { $0 > 0 }
    let onlyB = values.count { $0 < 0 }
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
    return EffectSize(
      cohensD: deviation > 0 ? mean / deviation : nil, onlyA: onlyA, onlyB: onlyB,
      oddsRatio: isBinary && onlyB > 0 ? Double(onlyA) / Double(onlyB) : nil)
  }
}

/// The p-values of several comparisons, adjusted so that the chance of any false alarm among them
/// stays below the level at which they are read.
///
///     pᵢ' = max over j ≤ i of min(1, (m − j + 1) · pⱼ),  p by rising value, j from 1
///
/// - Source: Holm 1979, Scandinavian Journal of Statistics 6.
package func holmAdjusted(_ values: [Double]) -> [Double] {
  var adjusted = values
  var greatest = 0.0
  for (place, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
    greatest = max(greatest, min(1, Double(values.count - place) * values[index]))
    adjusted[index] = greatest
  }
  return adjusted
}
