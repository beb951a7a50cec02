import Native

/// What one term can add to the scores in each window of rows.
struct WindowBounds {
  /// A term in one window.
  struct Part {
    /// The term's place among the query's.
    let term: Int
    let postings: PostingCursor
    let weight: Float
    /// What it can add there at most.
    let bound: Float
    /// Its first block there.
    let block: Int
    /// Its postings there, as if they lay evenly.
    let count: Float
  }

  private let postings: PostingCursor
  private let weight: Float
  private let bounds: [Float]
  private let blocks: [Int32]

  init(_ term: TermCursor, shift: Int, slack: Float, _ saturation: SaturationTable) throws {
    postings = term.postings
    weight = Float(term.weight)
    let factor = weight * (1 + slack)
    let windows = try postings.bounds(windowShift: shift, saturation)
    bounds = windows.bounds.map { factor * $0 }
    blocks = windows.blocks
  }

  /// Nothing where no row of the window holds the term.
  func part(in window: Int, of term: Int) -> Part? {
    if bounds[window] == 0 { return nil }
    return Part(
      term: term, postings: postings, weight: weight, bound: bounds[window],
      block: Int(blocks[window]), count: Float(postings.documentFrequency) / Float(bounds.count))
  }

  /// The windows that hold any of the terms, with the sum of their bounds, highest first.
  ///
  /// - Requires: at least one term.
  static func order(_ terms: [WindowBounds]) -> [(index: Int, bound: Float)] {
    var sums = terms[0].bounds
    for term in terms.dropFirst() {
      for (window, bound) in term.bounds.enumerated() { sums[window] += bound }
    }
    return sums.enumerated().filter { $0.element > 0 }.map { (index: $0.offset, bound: $0.element) }
      .sorted { $0.bound > $1.bound }
  }
}

/// How many candidates windows leave, by the first term that is looked up rather than added up.
struct CandidateForecast {
  /// A candidate costs about as much as adding this many postings: it is collected, a block is
  /// decoded for it and searched.
  private static let postingsPerCandidate: Float = 8

  private var counts: [Float]

  init(terms: Int) { counts = [Float](repeating: 0, count: terms) }

  /// Whether adding up a term's postings costs less than its lookups.
  func favoursAdding(_ part: WindowBounds.Part) -> Bool {
    part.count < Self.postingsPerCandidate * counts[part.term]
  }

  mutating func note(_ count: Int, before part: WindowBounds.Part) {
    let old = counts[part.term]
    counts[part.term] = old == 0 ? Float(count) : old + (Float(count) - old) / 4
    // What earlier terms left is forgotten little by little, so that it is tried again.
    for term in 0..<part.term { counts[term] *= 0.97 }
  }
}
