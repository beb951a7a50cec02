/// A reliability diagram: in each bin of confidence, how sure the answers are and how many are right.
///
/// It encodes as `{"error", "bins": [{"low", "high", "count", "confidence", "accuracy"}]}`.
///
/// - Source: Guo et al. 2017, arXiv:1706.04599.
package struct CalibrationCurve: Encodable, Equatable, Sendable {
  /// The answers whose confidence lies above `low` and not above `high`; the first bin holds 0.
  package struct Bin: Encodable, Equatable, Sendable {
    package let low: Double
    package let high: Double
    package let count: Int
    /// The mean confidence, 0...1.
    package let confidence: Double
    /// The share of right answers, 0...1.
    package let accuracy: Double
  }

  /// By rising confidence; a bin without answers is left out.
  package let bins: [Bin]
  /// Expected calibration error: the mean of |confidence − accuracy| over all answers' bins.
  package let error: Double

  /// Sorts answers into `count` bins of equal width; nil when no answer has a confidence.
  ///
  /// - Requires: confidences in 0...1, or nil for answers that take no part; one for each answer.
  package init?(confidences: [Double?], correct: [Bool], bins count: Int = 10) {
    precondition(count > 0, "expected at least one bin, found \(count)")
    let calibration = Calibration(confidences: confidences, correct: correct)
    guard let error = calibration.errorOfEqualWidthBins(count) else { return nil }
    self.error = error
    bins = calibration.equalWidthBins(count).enumerated().compactMap { index, bin in
      if bin.mass == 0 { return nil }
      return Bin(
        low: Double(index) / Double(count), high: Double(index + 1) / Double(count),
        count: Int(bin.mass), confidence: bin.confidence / bin.mass,
        accuracy: bin.correct / bin.mass)
    }
  }
}
