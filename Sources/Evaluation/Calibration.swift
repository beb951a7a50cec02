import Foundation

/// Answers sorted by confidence: how far the confidences agree with the share of right answers, and
/// how well they sort the answers.
///
/// Answers of equal confidence share their mean correctness, so no figure depends on the order in
/// which answers arrive. A figure is nil when there is no answer.
struct Calibration {
  /// Answers of one confidence: how much of the weight they carry, and how much of it is right.
  struct Group {
    let confidence: Double
    var mass = 0.0
    var correct = 0.0
  }

  /// The most confident first; each of positive weight.
  private(set) var groups: [Group] = []
  private(set) var total = 0.0

  /// Groups `answers`, of which each has a whole number as its weight.
  ///
  /// - Requires: answers by falling confidence (0...1); a weight for each answer's record.
  init(_ answers: [(record: Int, confidence: Double, correct: Double)], weights: [Double]) {
    groups.reserveCapacity(answers.count)
    for answer in answers {
      let weight = weights[answer.record]
      if weight == 0 { continue }
      if groups.last?.confidence != answer.confidence {
        groups.append(Group(confidence: answer.confidence))
      }
      groups[groups.count - 1].mass += weight
      groups[groups.count - 1].correct += weight * answer.correct
      total += weight
    }
  }

  /// Groups answers that each count once; one with a nil confidence takes no part.
  ///
  /// - Requires: a confidence, or nil, for each answer.
  init(confidences: [Double?], correct: [Bool]) {
    precondition(
      confidences.count == correct.count,
      "expected \(correct.count) confidences, found \(confidences.count)")
    self.init(
      Self.sorted(confidences, correct.map { $0 ? 1 : 0 }),
      weights: [Double](repeating: 1, count: correct.count))
  }

  private static func sorted(
    _ confidences: [Double?], _ correct: [Double]
  ) -> [(record: Int, confidence: Double, correct: Double)] {
    zip(confidences, correct).enumerated().compactMap { record, answer in
      answer.0.map { (record: record, confidence: $0, correct: answer.1) }
    }.sorted { $0.confidence > $1.confidence }
  }

  /// The sums of weight, confidence and correctness over `count` bins of equal width, by rising
  /// confidence, each open below and closed above; 0 itself is in the first.
  func equalWidthBins(_ count: Int) -> [(mass: Double, confidence: Double, correct: Double)] {
    var bins = [(mass: Double, confidence: Double, correct: Double)](
      repeating: (0, 0, 0), count: count)
    var bin = count - 1
    for group in groups {
      while bin > 0, group.confidence <= Double(bin) / Double(count) { bin -= 1 }
      bins[bin].mass += group.mass
      bins[bin].confidence += group.mass * group.confidence
      bins[bin].correct += group.correct
    }
    return bins
  }

  /// Expected calibration error over `bins` bins of equal width.
  ///
  ///     ECE = Σ over bins of |Σ confidence − Σ correct| / N
  ///
  /// - Source: Guo et al. 2017, arXiv:1706.04599.
  func errorOfEqualWidthBins(_ bins: Int = 10) -> Double? {
    if total == 0 { return nil }
    return equalWidthBins(bins).reduce(0) { $0 + abs($1.confidence - $1.correct) } / total
  }

  /// Expected calibration error over `bins` bins of equal weight; an answer at an edge is split.
  ///
  /// - Source: Nguyen & O'Connor 2015, arXiv:1508.05154 (adaptive binning).
  func errorOfEqualMassBins(_ bins: Int = 10) -> Double? {
    if total == 0 { return nil }
    var error = 0.0
    var gap = 0.0
    var below = 0.0
    var bin = 1
    for group in groups {
      let groupGap = group.confidence - group.correct / group.mass
      var left = group.mass
      while bin < bins, below + left >= total * Double(bin) / Double(bins) {
        let part = total * Double(bin) / Double(bins) - below
        error += abs(gap + part * groupGap)
        (gap, below, left, bin) = (0, below + part, left - part, bin + 1)
      }
      gap += left * groupGap
      below += left
    }
    return (error + abs(gap)) / total
  }

  /// Area under the risk-coverage curve: the mean, over n = 1...N, of the share of wrong answers
  /// among the n most confident.
  ///
  /// - Source: Geifman & El-Yaniv 2017, arXiv:1705.08500.
  func areaUnderRiskCoverage() -> Double? {
    var area = 0.0
    var before = Group(confidence: 1)
    for group in groups {
      let risk = 1 - group.correct / group.mass
      let wrong = before.mass - before.correct
      for taken in stride(from: 1, through: group.mass, by: 1) {
        area += (wrong + taken * risk) / (before.mass + taken)
      }
      before.mass += group.mass
      before.correct += group.correct
    }
    return before.mass > 0 ? area / before.mass : nil
  }

  /// The share of right answers among the most confident `coverage` (0...1) of all.
  func accuracy(atCoverage coverage: Double) -> Double? {
    let wanted = coverage * total
    var taken = 0.0
    var correct = 0.0
    for group in groups where taken < wanted {
      let part = min(group.mass, wanted - taken)
      taken += part
      correct += part * group.correct / group.mass
    }
    return wanted > 0 ? correct / wanted : nil
  }

  /// The calibration figures of a report; an answer with a nil confidence takes no part.
  static func statistic(confidences: [Double?], correct: [Double]) -> Statistic {
    let answers = sorted(confidences, correct)
    let names = ["ece", "ece_equal_mass", "aurc", "em_coverage_50", "em_coverage_80"]
    return Statistic(names: names) { weights in
      let calibration = Calibration(answers, weights: weights)
      return [
        calibration.errorOfEqualWidthBins(), calibration.errorOfEqualMassBins(),
        calibration.areaUnderRiskCoverage(),
        calibration.accuracy(atCoverage: 0.5), calibration.accuracy(atCoverage: 0.8),
      ]
    }
  }
}
