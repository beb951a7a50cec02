import Foundation
import Native

/// Adafactor over a flat vector of matrices: second moments are kept as one number for each row and
/// one for each column, and a step is no larger in root mean square than the rate.
///
///     β₂ = 1 − t^−0.8
///     r ← β₂ r + (1 − β₂) mean of rows (g² + ε),   c ← β₂ c + (1 − β₂) mean of columns (g² + ε)
///     u = g / √(r cᵀ / mean r)
///     x ← x − rate · (u / max(1, RMS(u)) + decay · x)
///
/// Without a first moment, and with a rate that is not scaled by the parameters'.
/// - Source: Shazeer & Stern 2018, arXiv:1804.04235; the settings are those of Lester et al. 2021,
///   arXiv:2104.08691.
package struct Adafactor: Optimizer {
  package var decay: Float = 0
  package var step = 0
  private let matrices: [(rows: Int, columns: Int)]
  private var rowMeans: [Float]
  private var columnMeans: [Float]

  private static let epsilon: Float = 1e-30

  /// - Parameter matrices: shapes of what stands one after another in the vector of parameters.
  package init(matrices: [(rows: Int, columns: Int)]) {
    self.matrices = matrices
    rowMeans = [Float](repeating: 0, count: matrices.reduce(0) { $0 + $1.rows })
    columnMeans = [Float](repeating: 0, count: matrices.reduce(0) { $0 + $1.columns })
  }

  package var memory: [String: [Float]] {
    get { ["rows": rowMeans, "columns": columnMeans] }
    set {
      rowMeans = newValue["rows"] ?? rowMeans
      columnMeans = newValue["columns"] ?? columnMeans
    }
  }

  /// - Requires: matrices that lie in one group each.
  package mutating func move(
    _ x: inout [Float], gradient: [Float], scale: Float, rate: Float,
    groups: [(range: Range<Int>, factor: Float)]
  ) {
    var (start, row, column) = (0, 0, 0)
    for matrix in matrices {
      let range = start..<start + matrix.rows * matrix.columns
      defer {
        (start, row, column) = (range.upperBound, row + matrix.rows, column + matrix.columns)
      }
      if range.isEmpty { continue }
      guard let group = groups.first(where: { $0.range.overlaps(range) }) else { continue }
      precondition(
        group.range.contains(range.lowerBound) && group.range.contains(range.upperBound - 1),
        "expected groups of whole matrices, found \(group.range) beside \(range)")
      let place = Place(columns: matrix.columns, range: range, row: row, column: column)
      remember(gradient, place, scale: scale)
      move(&x, gradient, place, scale: scale, rate: rate * group.factor)
    }
  }

  /// Where a matrix stands among the parameters, and its first row and column among the moments.
  private struct Place {
    let columns: Int
    let range: Range<Int>
    let row, column: Int

    var rows: Int { range.count / columns }
  }

  /// Brings the means of g² up to date.
  private mutating func remember(_ gradient: [Float], _ place: Place, scale: Float) {
    let (rows, columns) = (place.rows, place.columns)
    let share = pow(Float(step), -0.8)
    var sums = [Float](repeating: 0, count: columns)
    for row in 0..<rows {
      let start = place.range.lowerBound + row * columns
      var sum: Float = 0
      for column in 0..<columns {
        let g = scale * gradient[start + column]
        let square = g * g + Self.epsilon
        sum += square
        sums[column] += square
      }
      Self.approach(&rowMeans[place.row + row], sum / Float(columns), share)
    }
    for column in 0..<columns {
      Self.approach(&columnMeans[place.column + column], sums[column] / Float(rows), share)
    }
  }

  private static func approach(_ mean: inout Float, _ value: Float, _ share: Float) {
    mean = (1 - share) * mean + share * value
  }

  private func move(
    _ x: inout [Float], _ gradient: [Float], _ place: Place, scale: Float, rate: Float
  ) {
    let columns = place.columns
    let rowPart = rowMeans[place.row..<place.row + place.rows]
    let mean = rowPart.reduce(0, +) / Float(place.rows)
    let rowFactors = rowPart.map { scale / ($0 / mean).squareRoot() }
    let columnFactors = columnMeans[place.column..<place.column + columns].map {
      1 / $0.squareRoot()
    }
    var u = [Float](repeating: 0, count: place.range.count)
    for (row, factor) in rowFactors.enumerated() {
      let start = row * columns
      for column in 0..<columns {
        u[start + column] =
          gradient[place.range.lowerBound + start + column] * factor * columnFactors[column]
      }
    }
    let size = (Kernels.dot(u.span, u.span) / Float(u.count)).squareRoot()
    let (length, kept) = (rate / max(1, size), 1 - rate * decay)
    for (index, place) in place.range.enumerated() {
      x[place] = kept * x[place] - length * u[index]
    }
  }
}
