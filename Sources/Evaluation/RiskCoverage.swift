/// How many of the answers are wrong when a system answers only where it is surest.
///
/// It encodes as `{"area", "points": [{"coverage", "risk", "threshold"}]}`.
///
/// - Source: El-Yaniv & Wiener 2010, JMLR 11; Geifman & El-Yaniv 2017, arXiv:1705.08500.
package struct RiskCoverage: Encodable, Equatable, Sendable {
  package struct Point: Encodable, Equatable, Sendable {
    /// The share of answers that are given, above 0 and at most 1.
    package let coverage: Double
    /// The share of wrong ones among them.
    package let risk: Double
    /// The confidence from which on answers are given.
    package let threshold: Double
  }

  /// By rising coverage, one for each distinct confidence unless there are more than the limit; the
  /// last is at coverage 1.
  package let points: [Point]
  /// The mean risk over all coverages 1/N, 2/N ... 1; answers of equal confidence share their risk.
  package let area: Double

  /// The curve of `confidences` (0...1; nil takes no part), of which each is of one answer.
  ///
  /// - Parameter limit: points to keep, evenly spread over the curve's own; the area is of them all.
  /// - Returns: nil when no answer has a confidence.
  package init?(confidences: [Double?], correct: [Bool], limit: Int = 200) {
    precondition(limit > 1, "expected at least two points, found \(limit)")
    let calibration = Calibration(confidences: confidences, correct: correct)
    guard let area = calibration.areaUnderRiskCoverage() else { return nil }
    self.area = area
    var given = Calibration.Group(confidence: 1)
    let all = calibration.groups.map { group in
      given.mass += group.mass
      given.correct += group.correct
      return Point(
        coverage: given.mass / calibration.total, risk: 1 - given.correct / given.mass,
        threshold: group.confidence)
    }
    points =
      all.count <= limit ? all : (0..<limit).map { all[$0 * (all.count - 1) / (limit - 1)] }
  }
}
