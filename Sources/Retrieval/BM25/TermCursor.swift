import Native

/// A query term's way through its postings.
struct TermCursor {
  let postings: PostingCursor
  /// Times the term stands in the query · idf.
  let weight: Double

  /// The term's part of the score of `row`; 0 where the row does not hold the term.
  ///
  /// - Requires: ascending rows, until the postings are rewound.
  func score(of row: Int, _ search: BM25Search) throws -> Double {
    let frequency = try postings.frequency(in: row)
    if frequency == 0 { return 0 }
    let length = search.lengths[row]
    return weight * search.bm25.saturation(termFrequency: frequency, length: length)
  }
}
