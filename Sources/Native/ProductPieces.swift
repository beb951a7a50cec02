/// How threads share a product: few rows by outputs alone, so that each weight is read once, many
/// rows in blocks that stay in a core's cache while weights pass.
struct ProductPieces {
  private let rows, outputs: Int
  private let height, width: Int
  private let across: Int

  /// - Parameters:
  ///   - tile: rows that the kernel takes together.
  ///   - panel: outputs that it takes together.
  init(rows: Int, outputs: Int, tile: Int, panel: Int) {
    func divide(_ total: Int, by parts: Int, unit: Int) -> Int {
      max(unit, ((total + parts - 1) / parts + unit - 1) / unit * unit)
    }
    (self.rows, self.outputs) = (rows, outputs)
    let wanted = Parallel.threads == 1 ? 1 : 4 * Parallel.threads
    let blocks = wanted == 1 || rows < 64 ? 1 : (rows + Self.block - 1) / Self.block
    height = divide(rows, by: blocks, unit: tile)
    // Fewer outputs than this would cost more to hand out than to compute.
    let least = rows < 64 ? 4 * panel : 8 * panel
    width = max(least, divide(outputs, by: (wanted + blocks - 1) / blocks, unit: panel))
    across = (outputs + width - 1) / width
  }

  private static let block = 126

  /// `body` of each piece, over all threads.
  func inParallel(_ body: @Sendable (_ rows: Range<Int>, _ outputs: Range<Int>) -> Void) {
    let down = (rows + height - 1) / height
    Parallel.forEach(down * across) { piece in
      let (row, output) = (piece / across * height, piece % across * width)
      body(row..<min(rows, row + height), output..<min(outputs, output + width))
    }
  }
}
