/// What an index is built with; two builds with equal settings over one corpus give one index.
package struct IndexSettings: Equatable, Sendable {
  package var analyzer: Analyzer
  package var bm25: BM25Parameters
  /// The model behind the vectors; none for an index without vectors.
  package var encoder: EncoderDescription?
  /// How its vectors are stored.
  package var vectors: VectorStorage

  package init(
    analyzer: Analyzer = .english, bm25: BM25Parameters = BM25Parameters(),
    encoder: EncoderDescription? = nil, vectors: VectorStorage = .float32
  ) {
    self.analyzer = analyzer
    self.bm25 = bm25
    self.encoder = encoder
    self.vectors = vectors
  }
}

/// What a finished index says about itself.
package struct IndexSummary: Equatable, Sendable {
  package var settings: IndexSettings
  /// Passages.
  package var count: Int
  /// Distinct terms.
  package var vocabularySize: Int
  /// Terms in all passages, with repetitions.
  package var termCount: Int
  /// SHA-256 of each part, in hexadecimal digits.
  package var checksums: [IndexPart: String]

  package var bm25: BM25 {
    let average = count == 0 ? 0 : Double(termCount) / Double(count)
    return BM25(parameters: settings.bm25, count: count, averageLength: average)
  }
}

/// The parts of an index that have a checksum of their own.
package enum IndexPart: String, CaseIterable, Sendable {
  case passages, vocabulary, postings, lengths, removals, vectors
  /// The table of settings and counts, the other parts' checksums among them.
  case meta
}
