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
  private var groups: [Group] = []
  private var total = 0.0

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

  /// Expected calibration error over `bins` bins of equal width, each open below, closed above.
  ///
  ///     ECE = Σ over bins of |Σ confidence − Σ correct| / N
  ///
  /// - Source: Guo et al. 2017, arXiv:1706.04599.
  func errorOfEqualWidthBins(_ bins: Int = 10) -> Double? {
    var gaps = [Double](repeating: 0, count: bins)
    var bin = bins - 1
    for group in groups {
      while bin > 0, group.confidence <= Double(bin) / Double(bins) { bin -= 1 }
      gaps[bin] += group.mass * group.confidence - group.correct
    }
    return total > 0 ? gaps.reduce(0) { $0 + abs($1) } / total : nil
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
    let answers = zip(confidences, correct).enumerated().compactMap { record, answer in
      answer.0.map { (record: record, confidence: $0, correct: answer.1) }
    }.sorted { $0.confidence > $1.confidence }
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
