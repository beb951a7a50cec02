/// A query term's way through its postings; rows must be asked for in ascending order.
struct TermCursor {
  let list: PostingList
  /// Times the term stands in the query · idf.
  let weight: Double

  /// The first block that may hold rows of the current window, and of later ones.
  private var block = 0
  private var decoded: Int?
  private var rows = [UInt32](repeating: 0, count: PostingList.blockSize)
  private var frequencies = [UInt32](repeating: 0, count: PostingList.blockSize)

  init(list: PostingList, weight: Double) {
    self.list = list
    self.weight = weight
  }

  /// An upper bound of the term's part of the score for all rows of `window`.
  mutating func bound(in window: Range<Int>, _ search: BM25Search) -> Double {
    skip(to: window.lowerBound)
    var maximum: Float = 0
    var index = block
    while mayHold(index, before: window.upperBound) {
      maximum = max(
        maximum, list.bound(index, averageLength: search.bm25.averageLength))
      index += 1
    }
    return weight * Double(maximum)
  }

  /// Adds the term's part to the score of every row of the window that holds it.
  mutating func addScores(to scores: inout WindowScores, _ search: BM25Search) throws {
    skip(to: scores.window.lowerBound)
    var index = block
    while mayHold(index, before: scores.window.upperBound) {
      try load(index)
      for position in firstPosition(notBelow: scores.window.lowerBound)..<list.blockCount(index) {
        let row = Int(rows[position])
        if row >= scores.window.upperBound { return }
        scores.add(score(at: position, search), to: row)
      }
      index += 1
    }
  }

  /// The term's part of the score of `row`; 0 where the row does not hold the term.
  mutating func score(of row: Int, _ search: BM25Search) throws -> Double {
    try position(of: row).map { score(at: $0, search) } ?? 0
  }

  /// The term's frequency in `row`.
  mutating func frequency(in row: Int) throws -> UInt32 {
    try position(of: row).map { frequencies[$0] } ?? 0
  }

  /// Where `row` stands in its block, which is then decoded.
  private mutating func position(of row: Int) throws -> Int? {
    skip(to: row)
    guard mayHold(block, before: row + 1) else { return nil }
    try load(block)
    let position = firstPosition(notBelow: row)
    return position < list.blockCount(block) && rows[position] == row ? position : nil
  }

  private func score(at position: Int, _ search: BM25Search) -> Double {
    let length = search.lengths[Int(rows[position])]
    return weight
      * search.bm25.saturation(termFrequency: frequencies[position], length: length)
  }

  private mutating func skip(to row: Int) {
    while block < list.blockCount && list.lastRow(block) < row { block += 1 }
  }

  private func mayHold(_ index: Int, before end: Int) -> Bool {
    index < list.blockCount && (index == 0 || list.lastRow(index - 1) + 1 < end)
  }

  private mutating func load(_ index: Int) throws {
    if decoded == index { return }
    decoded = nil
    guard list.decode(index, rows: &rows, frequencies: &frequencies) else {
      throw DamagedPostings()
    }
    decoded = index
  }

  /// The first position of the decoded block whose row is not below `row`.
  private func firstPosition(notBelow row: Int) -> Int {
    guard let decoded else { return 0 }
    var low = 0
    var high = list.blockCount(decoded)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A posting list that no build wrote; the index turns it into an `IndexError` with its path.
struct DamagedPostings: Error {}

/// Scores of the rows of one window, and which of them have any.
struct WindowScores {
  static let size = 4096

  private(set) var window = 0..<0
  private var scores = [Double](repeating: 0, count: size)
  private var touched = [UInt64](repeating: 0, count: size / 64)

  mutating func begin(_ window: Range<Int>) {
    self.window = window
  }

  mutating func add(_ score: Double, to row: Int) {
    let index = row - window.lowerBound
    scores[index] += score
    touched[index / 64] |= 1 << UInt64(index % 64)
  }

  /// Hands out rows with scores in ascending order and forgets them.
  mutating func drain(_ body: (_ row: Int, _ score: Double) throws -> Void) rethrows {
    for word in touched.indices {
      while touched[word] != 0 {
        let index = word * 64 + touched[word].trailingZeroBitCount
        let score = scores[index]
        scores[index] = 0
        touched[word] &= touched[word] - 1
        try body(window.lowerBound + index, score)
      }
    }
  }
}
