import Foundation

/// Logistic regression: fits confidences to what turned out right.
///
///     minimises Σ log(1 + e^(−t·z)) + ½ λ‖w‖²,   z = b + w·x,  t = ±1
///
/// by Newton's method on standardized features; the penalty keeps the weights finite where the
/// features separate right from wrong.
///
/// - Source: Platt 1999, "Probabilistic outputs for support vector machines".
package struct LogisticRegression: Sendable, Equatable {
  package let bias: Double
  package let weights: [Double]

  /// - Requires: one label per row of features, all rows of one length, at least one row.
  package static func fit(
    _ x: [[Double]], correct: [Bool], penalty: Double = 1, steps: Int = 100
  ) -> LogisticRegression {
    precondition(
      x.count == correct.count && !x.isEmpty,
      "expected labels for all of \(x.count) rows, at least one; found \(correct.count)")
    let width = x[0].count
    precondition(x.allSatisfy { $0.count == width }, "expected rows of \(width) features")
    let scales = (0..<width).map { column in Scale(x.map { $0[column] }) }
    let rows = x.map { row in [1] + zip(row, scales).map { $1.apply($0) } }
    var w = [Double](repeating: 0, count: width + 1)
    for _ in 0..<steps {
      let step = newtonStep(w, rows, correct, penalty)
      for i in w.indices { w[i] -= step[i] }
      if step.allSatisfy({ abs($0) < 1e-9 }) { break }
    }
    let weights = zip(w.dropFirst(), scales).map { $0 / $1.deviation }
    let shift = zip(weights, scales).reduce(0) { $0 + $1.0 * $1.1.mean }
    return LogisticRegression(bias: w[0] - shift, weights: weights)
  }

  /// H⁻¹g of the penalised loss at `w`.
  private static func newtonStep(
    _ w: [Double], _ rows: [[Double]], _ correct: [Bool], _ penalty: Double
  ) -> [Double] {
    var gradient = w.map { $0 * penalty }
    // The bias is penalised too little to matter, but enough to stay finite when all are right.
    gradient[0] = w[0] * 1e-3
    var hessian = w.indices.map { i in w.indices.map { $0 == i ? penalty : 0 } }
    hessian[0][0] = 1e-3
    for (row, isCorrect) in zip(rows, correct) {
      let z = zip(w, row).reduce(0) { $0 + $1.0 * $1.1 }
      let p = 1 / (1 + exp(-z))
      let variance = max(p * (1 - p), 1e-12)
      for i in w.indices {
        gradient[i] += (p - (isCorrect ? 1 : 0)) * row[i]
        for j in w.indices { hessian[i][j] += variance * row[i] * row[j] }
      }
    }
    return solve(hessian, gradient)
  }

  /// Ax = b by Gaussian elimination with pivots.
  private static func solve(_ a: [[Double]], _ b: [Double]) -> [Double] {
    var rows = zip(a, b).map { $0 + [$1] }
    let count = b.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }
      rows.swapAt(column, pivot ?? column)
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        for i in column...count { rows[row][i] -= factor * rows[column][i] }
      }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
  }

  private struct Scale {
    let mean: Double
    /// 1 where all values are equal.
    let deviation: Double

    init(_ x: [Double]) {
      mean = x.reduce(0, +) / Double(x.count)
      let squares = x.reduce(0) { [mean] in $0 + ($1 - mean) * ($1 - mean) }
      deviation = squares > 1e-12 ? (squares / Double(x.count)).squareRoot() : 1
    }

    func apply(_ x: Double) -> Double { (x - mean) / deviation }
  }
}
