import Native

/// A table with one row of numbers for each of a vocabulary's tokens, or for each place in a text.
package struct Embedding: Sendable {
  /// `[rows, width]`.
  package let table: StoredTable
  package let width: Int
  /// Where the table's gradient begins in a flat vector; nil where it is frozen.
  package let place: Int?

  package init(table: StoredTable, width: Int, place: Int? = nil) {
    precondition(
      table.count % width == 0, "expected rows of \(width) floats, found \(table.count) floats")
    self.table = table
    self.width = width
    self.place = place
  }

  package var rows: Int { table.count / width }

  /// The rows of some indices, `[indices, width]`.
  package func callAsFunction(_ indices: [Int]) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(indices.count * width)
    for index in indices {
      precondition(index >= 0 && index < rows, "expected 0 ..< \(rows), found \(index)")
      table.withFloats(index * width..<(index + 1) * width) { row in
        for i in row.indices { values.append(row[i]) }
      }
    }
    return Tensor(rows: indices.count, width: width, values: values)
  }

  /// Adds ∂loss/∂(rows of these indices) to the table's gradient where it is learned.
  package func backward(_ dRows: Tensor, of indices: [Int], into gradient: inout [Float]) {
    guard let place else { return }
    for (row, index) in indices.enumerated() {
      for i in 0..<width { gradient[place + index * width + i] += dRows[row, i] }
    }
  }
}
